/** How fast a model writes on this machine: texts of one prompt side by side, sampling included. */
import type { Model } from '../model/model.ts';
import { Batch } from './batch.ts';
import { writingOf } from './generate.ts';

export interface SpeedTest {
  /** Texts written at the same time. */
  readonly rows: number;
  /** Of each text. */
  readonly tokens: number;
  /** How often all of them are written; the median counts. */
  readonly rounds: number;
  /** Milliseconds, of any beginning. */
  readonly now: () => number;
}

const PROMPT =
  'The night was long, and when it was over nobody remembered how it had begun, or who had been there to see the end of it.';
const SAMPLING = { temperature: 1, topK: 0, topP: 0.95, repetitionPenalty: 1 };

/** Tokens a second of all texts together, their prompt's reading included. A round before the others does not count. */
export async function writingSpeed(model: Model, { rows, tokens, rounds, now }: SpeedTest): Promise<number> {
  const speeds: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const batch = new Batch(model, rows);
    const sampling = { ...SAMPLING, maxTokens: tokens };
    const writing = writingOf(model, { prompt: PROMPT, count: rows, seed: 1 + round * rows, sampling });
    const begun = now();
    // Without an end of text every row is written to its last token, so that as many are beside each other at each step.
    const written = batch.write({ ...writing, tokenizer: { ...model.tokenizer, endOfText: -1 } });
    while (!batch.isIdle) await batch.step();
    const seconds = (now() - begun) / 1000;
    const count = (await written).reduce((sum, text) => sum + text.tokens, 0);
    if (round > 0) speeds.push(count / seconds);
  }
  return speeds.toSorted((a, b) => a - b)[Math.floor(speeds.length / 2)] ?? 0;
}
