/** What was taught in a conversation, learned again from the persona's frozen model and sent through the gate that all adapters pass. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { readModelFolder } from '../../model/model-folder.ts';
import { modelHash } from '../../model/model-hash.ts';
import { baseFolder } from '../../model/peft.ts';
import { loadTokenizer } from '../../model/tokenizer.ts';
import { randomFrom, shuffled } from '../../random.ts';
import { learnedTokens, tokenDocument } from '../../training/data/token-documents.ts';
import { readCorpora } from '../../training/data/training-corpora.ts';
import { documentNats } from '../../training/report/measure-model.ts';
import { adapterFiles } from '../../training/run/model-files.ts';
import { type Finished, type Judging, judgeLearned } from '../adapter/finish-learning.ts';
import { GATE, type LearnedNumbers } from '../adapter/gate.ts';
import { loraBeside } from '../adapter/lora-beside.ts';
import { fingerprintOf, LEAST, type LearningPlan } from '../adapter/plan-learning.ts';
import { type DecidedText, isTaught, splitTaught } from '../adapter/taught-texts.ts';
import { openSessionAdapter, SESSION_STEP, type SessionLesson } from './session-adapter.ts';

export interface TaughtInSession {
  readonly draft: number;
  readonly lesson: SessionLesson;
}

export interface Keeping extends Pick<Judging, 'store' | 'home' | 'persona' | 'now' | 'base' | 'context' | 'examples'> {
  /** Of the conversation. */
  readonly name: string;
  /** In the order in which they were taught. */
  readonly lessons: readonly TaughtInSession[];
  /** Everything that was decided on the persona's texts. */
  readonly decided: readonly DecidedText[];
  readonly seed: number;
  /** A folder that may be written to; it is the caller's to remove. */
  readonly scratch: string;
}

/** As many texts as `session-adapter` reads again while one talks. */
const OWN_TEXTS = 400;

/**
 * Lessons on drafts that measure adapters are left out: no adapter learns what one is measured by. @throws UserError where nothing is
 * left to learn, or there is too little to measure it by.
 */
export async function keepSession(keeping: Keeping): Promise<Finished> {
  const { home, persona, name, lessons, decided, scratch, seed, now } = keeping;
  const folder = path.join(home, 'models', persona.model);
  const { validation, test } = splitTaught(decided.filter(({ approved }) => approved));
  const learned = lessons.filter(({ draft }) => isTaught(draft));
  if (learned.length === 0 || validation.length < LEAST.validation || test.length < LEAST.test) {
    throw new UserError(
      `expected a lesson to keep, ${LEAST.validation} approved texts to look at and ${LEAST.test} to be measured by, found ${learned.length}, ${validation.length} and ${test.length}`,
      { hint: `Pick more, or approve more: eidolon review ${persona.name}. The decisions are kept for eidolon learn` },
    );
  }
  const tokenizer = loadTokenizer(folder);
  const corpora = readCorpora(persona, [{ corpora: { mine: 1 } }], undefined, (one) => tokenDocument(one, tokenizer));
  const mine = corpora.get('mine')!;
  const own = shuffled(mine.parts.train, randomFrom(persona.learn.seed)).slice(0, OWN_TEXTS);
  const looked = [
    ...validation.map(({ draft, text, context }) =>
      tokenDocument({ id: `draft ${draft}`, text, source: 'draft', context }, tokenizer),
    ),
    ...mine.tokens.validation,
  ];
  const lossOf = async (model: string) =>
    (await documentNats(model, looked)).reduce((sum, nats) => sum + nats, 0) / learnedTokens(looked);

  const adapter = await openSessionAdapter({ folder, own: own.map(({ text }) => text), seed });
  try {
    for (const { lesson } of learned) await adapter.learn(lesson);
    adapter.write(scratch);
    const looks = looksOf(await lossOf(folder), await lossOf(scratch), learned.length);
    const lora = loraBeside(readModelFolder(folder).adapter);
    const checkpoint = baseFolder(folder);
    const numbersOf = new Map(decided.map(({ draft, decision }) => [draft, decision]));
    const ids = (texts: readonly { readonly draft: number }[]) =>
      texts.flatMap(({ draft }) => numbersOf.get(draft) ?? []);
    const plan: Omit<LearningPlan, 'fingerprint' | 'started'> = {
      persona: persona.name,
      method: 'conversation',
      parent: persona.model,
      parentHash: await modelHash(folder),
      dataHash: createHash('sha256').update(JSON.stringify(learned)).digest('hex'),
      decisions: { train: ids(learned), validation: ids(validation), test: ids(test) },
      settings: Object.entries(SESSION_STEP).map(([key, value]) => ({
        name: key,
        value,
        source: 'docs/write-and-talk.md',
      })),
      gate: GATE,
    };
    const { manifest: _, ...finished } = await judgeLearned({
      ...keeping,
      plan: { ...plan, fingerprint: fingerprintOf(plan), started: now().toISOString() },
      id: `chats/${name} ${now().toISOString()}`,
      trained: new Map(adapter.parameters),
      files: adapterFiles({ ...lora, base: path.resolve(checkpoint) }),
      lora,
      checkpoint,
      corpora,
      heldOut: test,
      looks,
    });
    return finished;
  } finally {
    await adapter.release();
  }
}

/** It looks at both ends alone. */
function looksOf(start: number, end: number, steps: number): LearnedNumbers['looks'] {
  return { start, best: Math.min(start, end), bestStep: end < start ? steps : 0 };
}
