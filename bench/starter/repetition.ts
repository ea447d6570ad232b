/** How much a model repeats itself, beside how much people do at the same length. */
import { generate } from '../../src/generation/generate.ts';
import type { Model } from '../../src/model/model.ts';
import { seqRep } from '../../src/scoring/repetition.ts';

/** Tokens of each text that is compared. */
export const LENGTH = 200;
/** Tokens of a held-out text that a sample continues. */
export const PROMPT = 32;
export const NUCLEUS = { temperature: 1, topK: 0, topP: 0.95, repetitionPenalty: 1, maxTokens: LENGTH };

export interface Repetition {
  /** Mean seq-rep-4 over the texts. */
  readonly mean: number;
  /** Standard error of the mean. */
  readonly error: number;
  readonly texts: number;
}

/** Of every passage of LENGTH tokens, one after another. */
export function humanRepetition({ tokenizer }: Model, texts: readonly string[]): Repetition {
  return repetitionOf(texts.flatMap((text) => passages(tokenizer.encode(text))));
}

/** Of nucleus samples that continue held-out passages; samples that end before LENGTH tokens are too short to compare. */
export async function sampledRepetition(
  model: Model,
  texts: readonly string[],
  { prompts, samplesEach }: { readonly prompts: number; readonly samplesEach: number },
): Promise<Repetition> {
  const { encode, decode } = model.tokenizer;
  const all = texts.flatMap((text) => passages(encode(text)));
  const samples: number[][] = [];
  for (let index = 0; index < prompts; index++) {
    const prompt = decode(all[Math.floor((index * all.length) / prompts)]!.slice(0, PROMPT));
    const written = await generate(model, {
      prompt,
      count: samplesEach,
      seed: 1 + index * samplesEach,
      sampling: NUCLEUS,
    });
    samples.push(...written.map(({ text }) => encode(text.slice(prompt.length)).slice(0, LENGTH)));
  }
  return repetitionOf(samples.filter(({ length }) => length === LENGTH));
}

function passages(tokens: readonly number[]): number[][] {
  return Array.from({ length: Math.floor(tokens.length / LENGTH) }, (_, index) =>
    tokens.slice(index * LENGTH, (index + 1) * LENGTH),
  );
}

function repetitionOf(passages: readonly (readonly number[])[]): Repetition {
  const shares = passages.map((tokens) => seqRep(tokens, 4));
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (shares.length - 1);
  return { mean, error: Math.sqrt(variance / shares.length), texts: shares.length };
}
