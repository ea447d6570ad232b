/** What a model in training writes, to be looked at. */
import { generate } from '../generation/generate.ts';
import type { Sampling } from '../generation/sample-token.ts';
import { openModel } from '../model/model.ts';

export interface SamplesRequest {
  /** Texts in all; the prompts take turns. */
  readonly count: number;
  /** Of the first text; the next ones have the following numbers. */
  readonly seed: number;
  readonly sampling: Sampling;
}

export interface WrittenSample {
  readonly prompt: string;
  /** Prompt and continuation. */
  readonly text: string;
}

/**
 * Opens the model and releases it again: 0.8 GB for GPT-2 124M, which the next steps use again. On the caller's own thread, with
 * the training waiting: on another one the two would compete for the same cores, and the next step would be as late.
 * @param prompts from nothing where there are none. The texts of one prompt follow one another.
 */
export async function sampleFrom(
  folder: string,
  prompts: readonly string[],
  { count, seed, sampling }: SamplesRequest,
): Promise<WrittenSample[]> {
  const taken = (prompts.length > 0 ? prompts : ['']).slice(0, count);
  const model = await openModel(folder);
  const samples: WrittenSample[] = [];
  try {
    for (const [turn, prompt] of taken.entries()) {
      const rows = Math.ceil((count - turn) / taken.length);
      const written = await generate(model, { prompt, count: rows, seed: seed + samples.length, sampling });
      samples.push(...written.map(({ text }) => ({ prompt, text })));
    }
    return samples;
  } finally {
    await model.network.release();
  }
}
