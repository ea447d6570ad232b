/** How many bits a model needs for held-out texts. Lower is better, and no tokenizer is favoured. */
import type { Model } from '../../src/model/model.ts';
import { scoreTokens } from '../../src/model/score-texts.ts';
import type { TextEncoder } from '../../src/training/data/token-documents.ts';

/**
 * A text costs its tokens and one end of text, each predicted from what stands before it in its text; what it is divided
 * by are the text's UTF-8 bytes, to which the end of text adds none.
 *
 * @param nats Σ of -ln p over all of them
 */
export function bitsPerByte(nats: number, texts: readonly string[]): number {
  return nats / Math.LN2 / texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** Σ of -ln p over every token of the texts and their ends. Texts are read in windows that overlap by half. */
export async function networkNats(model: Model, texts: readonly string[]): Promise<number> {
  const rows = texts.flatMap((text) => overlappingWindows(tokensOf(text, model.tokenizer), model.config.n_positions));
  const scores = await scoreTokens(
    model,
    rows.map(({ tokens }) => tokens),
  );
  return scores.reduce(
    (sum, { logProbabilities }, row) =>
      sum - logProbabilities.subarray(rows[row]!.known).reduce((total, logProbability) => total + logProbability, 0),
    0,
  );
}

/** Between two end-of-text tokens: the first is given, the last predicted. */
export function tokensOf(text: string, { encode, endOfText }: TextEncoder): number[] {
  return [endOfText, ...encode(text), endOfText];
}

export interface ScoredWindow {
  readonly tokens: readonly number[];
  /** Predictions at its beginning that an earlier window has made with more to go by. */
  readonly known: number;
}

/** Every token but the first is predicted once, from half a window or more wherever the text has as much before it. */
export function overlappingWindows(tokens: readonly number[], length: number): ScoredWindow[] {
  const stride = Math.floor(length / 2);
  const windows: ScoredWindow[] = [];
  for (let start = 0; start === 0 || start + length - stride < tokens.length; start += stride) {
    windows.push({ tokens: tokens.slice(start, start + length), known: start === 0 ? 0 : length - stride - 1 });
  }
  return windows;
}
