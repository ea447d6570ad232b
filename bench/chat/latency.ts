/** From a pick to the same prompt's changed replies, through the real desk: store, model host, and the thread that teaches. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, begun, type Conversation } from '../../src/chat/conversation.ts';
import type { Turn } from '../../src/chat/turn.ts';
import { openChatDesk } from '../../src/cli/chat-desk.ts';
import { startModelHost } from '../../src/host/model-host.ts';
import { createLog } from '../../src/log.ts';
import { loadPersona } from '../../src/persona/load-persona.ts';
import { openStore, storeFile } from '../../src/store/store.ts';
import { ROOT } from '../example-home.ts';
import { teachingQuestion } from './questions.ts';

const PICKS = 20;

export async function measureLatency(): Promise<string> {
  const home = mkdtempSync(path.join(tmpdir(), 'eidolon-bench-'));
  for (const part of ['models', 'personas']) cpSync(path.join(ROOT, part), path.join(home, part), { recursive: true });
  const store = openStore(storeFile(home));
  const host = startModelHost(createLog({ level: 'silent' }));
  const persona = loadPersona(path.join(home, 'personas', 'ambrose'));
  let talk: Conversation = begun({ do: 'begin', version: 1, persona: 'ambrose', seed: 1, count: 5 });
  const take = (turn: Turn) => {
    talk = after(talk, turn);
  };
  const desk = await openChatDesk({ home, store, persona, host, name: 'bench', now: () => new Date() }, talk);
  const [picks, offers, changed]: [number[], number[], number[]] = [[], [], []];
  try {
    for (let pick = 0; pick < PICKS; pick++) {
      take({ do: 'say', text: teachingQuestion(pick) });
      const began = performance.now();
      take(await desk.offer(talk));
      offers.push(performance.now() - began);
      take({ do: 'pick', offer: talk.offers.length - 1, choice: 1 });
      const lesson = await desk.learn(talk, talk.said.length);
      picks.push(lesson!.milliseconds);
      changed.push(
        lesson!.after.filter((text, index) => text !== lesson!.before[index]).length / lesson!.before.length,
      );
    }
  } finally {
    await desk.close();
    await host.close();
    await store.close();
    rmSync(home, { recursive: true });
  }
  const share = changed.reduce((sum, one) => sum + one, 0) / changed.length;
  return [
    '| | median | longest | bound |',
    '| --- | --- | --- | --- |',
    `| from a pick to changed replies, ${PICKS} picks | ${seconds(median(picks))} | ${seconds(Math.max(...picks))} | at most 2 s |`,
    `| from a turn to five replies | ${seconds(median(offers))} | ${seconds(Math.max(...offers))} | |`,
    '',
    `${(100 * share).toFixed(0)} % of the replies are others after one pick, by the same seeds.`,
  ].join('\n');
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`;
