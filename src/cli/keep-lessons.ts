/** `eidolon chat --keep`: what was taught in this sitting goes through the gate, as a night's adapter does. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { chatsFolder } from '../chat/log.ts';
import { recordedAnswers } from '../chat/record-answer.ts';
import { judgeContext } from '../daemon/composing/judge-context.ts';
import { adapterWith } from '../learning/adapter/adapters.ts';
import type { Finished } from '../learning/adapter/finish-learning.ts';
import { decidedTexts } from '../learning/adapter/taught-texts.ts';
import { readExamples } from '../learning/selector/read-examples.ts';
import { keepSession } from '../learning/session/keep-session.ts';
import { lockTraining } from '../training/run/run-folder.ts';
import type { ChatRoom, TaughtTurn } from './chat-desk.ts';
import { baseOf, endingLines, learningFolder, rowLine } from './learn-persona.ts';

/** @throws UserError where nothing was taught, or there is too little to measure it by. */
export async function keepLessons(
  { store, home, persona, name, now }: Omit<ChatRoom, 'host'>,
  taught: readonly TaughtTurn[],
  seed: number,
): Promise<Finished> {
  const recorded = await recordedAnswers(store, persona.name, name);
  const lessons = taught.flatMap(({ turn, lesson }) => {
    const draft = recorded.get(turn)?.draftId;
    return draft === undefined ? [] : [{ draft, lesson }];
  });
  const scratch = path.join(chatsFolder(home, persona.name), `${name}.kept`);
  const lock = lockTraining(learningFolder(home, persona.name), persona.name);
  try {
    return await keepSession({
      store,
      home,
      persona,
      name,
      lessons,
      decided: await decidedTexts(store, persona.name),
      examples: (await readExamples(store, persona.name)).examples,
      base: baseOf(home, persona),
      context: await judgeContext({ store, persona, home }),
      seed,
      scratch,
      now,
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    lock.release();
  }
}

export async function tellKept(
  finished: Finished,
  { store, persona }: Pick<ChatRoom, 'store' | 'persona'>,
): Promise<void> {
  for (const row of finished.rows) console.error(rowLine(row));
  const live = await adapterWith(store, persona.name, 'live');
  for (const line of endingLines(finished, persona, live)) console.error(line);
}
