/** Every number of the gate that texts can tell: the taught model beside the persona's own, and beside what it speaks with today. */
import { wordsOf } from '../../corpus/words.ts';
import { loadTokenizer } from '../../model/tokenizer.ts';
import type { Persona } from '../../persona/persona.ts';
import { randomFrom } from '../../random.ts';
import { CopyIndex } from '../../scoring/copy-index.ts';
import { seqRep } from '../../scoring/repetition.ts';
import { type TokenDocument, tokenDocument } from '../../training/data/token-documents.ts';
import type { Corpora } from '../../training/data/training-corpora.ts';
import { documentNats } from '../../training/report/measure-model.ts';
import { bitsPerByte, pairedBootstrap } from '../../training/report/paired-bootstrap.ts';
import type { TrainingStep } from '../../training/train.ts';
import { distinctAtEqualCounts } from './distinct.ts';
import { type Compared, GATE, type LearnedNumbers } from './gate.ts';
import { GENERIC_TEXTS } from './generic-texts.ts';
import type { Rater } from './proxy.ts';
import type { DecidedText } from './taught-texts.ts';
import { type VoiceSample, voiceSamples } from './voice-samples.ts';

export interface Measuring {
  readonly persona: Persona;
  /** Folders: the persona's model without an adapter, what it speaks with today, and what was taught. */
  readonly checkpoint: string;
  readonly present: string;
  readonly taught: string;
  readonly corpora: Corpora;
  /** Approved texts that were not learned. */
  readonly heldOut: readonly DecidedText[];
  /** What it posted, or may still post. */
  readonly earlier: readonly string[];
  readonly seed: number;
  /** While it learned. */
  readonly looks: LearnedNumbers['looks'];
  /** Undefined where the other decisions are too few. */
  readonly proxy?: Rater | undefined;
  readonly samples?: number;
  /** What the present voice wrote for the same openings and seeds, where that is known already. */
  readonly presentSamples?: readonly VoiceSample[] | undefined;
}

export interface Measurement {
  readonly numbers: LearnedNumbers;
  /** What the taught model wrote. */
  readonly samples: readonly VoiceSample[];
}

export async function measureLearned(measuring: Measuring): Promise<Measurement> {
  const { persona, checkpoint, present, taught, corpora, heldOut, earlier, seed } = measuring;
  const { parts, tokens } = corpora.get('mine')!;
  const tokenizer = loadTokenizer(checkpoint);
  const documents = (texts: readonly string[]) =>
    texts.map((text, index) => tokenDocument({ id: String(index), text, source: '' }, tokenizer));
  const compare = async (before: string, texts: readonly string[], read: readonly TokenDocument[]) => {
    const [former, trained] = [await documentNats(before, read), await documentNats(taught, read)];
    return compared(former, trained, texts);
  };
  const ownTexts = parts.test.map(({ text }) => text);
  const approved = heldOut.map(({ text, context }, index) =>
    tokenDocument({ id: String(index), text, source: '', context }, tokenizer),
  );

  const count = measuring.samples ?? GATE.samples;
  const before = measuring.presentSamples ?? (await voiceSamples(present, persona, { count, seed }));
  const after = await voiceSamples(taught, persona, { count, seed });
  const index = new CopyIndex(
    [...parts.train, ...parts.validation, ...parts.test].map(({ text }) => text).concat(earlier),
  );
  const humans = [...parts.validation, ...parts.test].map(({ text }) => text);

  return {
    samples: after,
    numbers: {
      looks: measuring.looks,
      own: await compare(checkpoint, ownTexts, tokens.test),
      generic: await compare(checkpoint, GENERIC_TEXTS, documents(GENERIC_TEXTS)),
      approved: await compare(
        present,
        heldOut.map(({ text }) => text),
        approved,
      ),
      distinct: distinctAtEqualCounts(before, after),
      repetition: {
        samples: meanRepetition(after.map(({ prompt, text }) => text.slice(prompt.length))),
        heldOut: meanRepetition(humans),
      },
      exactCopies: {
        count: after.filter(({ text }) => index.overlap(text).share === 1).length,
        of: after.length,
      },
      copied: { before: copiedIn(index, before), after: copiedIn(index, after), of: after.length },
      proxy: await winsOf(measuring.proxy, before, after),
    },
  };
}

function compared(before: readonly number[], after: readonly number[], texts: readonly string[]): Compared {
  const bytes = texts.map((text) => Buffer.byteLength(text));
  const pairs = bytes.map((size, index) => ({ before: before[index]!, after: after[index]!, bytes: size }));
  return {
    difference: pairedBootstrap(pairs, randomFrom(1)),
    before: bitsPerByte(before, bytes),
    documents: texts.length,
  };
}

function copiedIn(index: CopyIndex, samples: readonly VoiceSample[]): number {
  return samples.filter(({ text }) => (index.overlap(text).longest?.quote.length ?? 0) >= GATE.copiedCharacters).length;
}

function meanRepetition(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + seqRep(wordsOf(text), 4), 0) / Math.max(1, texts.length);
}

/** The first of them, and the best. */
export function looksOf(steps: readonly TrainingStep[]): LearnedNumbers['looks'] {
  const looks = steps.flatMap(({ step, validationLoss }) =>
    validationLoss === undefined ? [] : [{ step, validationLoss }],
  );
  const [start] = looks;
  if (!start) throw new Error('A training begins with a look');
  const best = looks.reduce((least, look) => (look.validationLoss < least.validationLoss ? look : least));
  return { start: start.validationLoss, best: best.validationLoss, bestStep: best.step };
}

/** Pairs of the same opening and seed; equal ones count half. */
async function winsOf(
  proxy: Rater | undefined,
  before: readonly VoiceSample[],
  after: readonly VoiceSample[],
): Promise<LearnedNumbers['proxy']> {
  if (!proxy) return null;
  const [former, taught] = [await proxy.rate(before), await proxy.rate(after)];
  const wins = taught.reduce((sum, one, index) => {
    const other = former[index]!;
    return sum + (one > other ? 1 : one === other ? 0.5 : 0);
  }, 0);
  return { winRate: wins / taught.length, of: taught.length, decisions: proxy.decisions };
}
