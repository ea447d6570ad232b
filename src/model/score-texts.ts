/** How likely texts are to a model, and what it makes of them as vectors. */
import type { Model } from './model.ts';

export interface TextScore {
  /** Of each token of the text, in nats, given those before it; the first one follows the end-of-text token. */
  readonly logProbabilities: Float32Array;
  /** The last hidden state, averaged over the text's tokens: [n_embd]. */
  readonly hidden: Float32Array;
}

/** Logits held at once, as many as fit in 64 MB: a batch of posts, or one long text where the vocabulary is large. */
const LOGITS_AT_ONCE = 2 ** 24;

export function scoreTexts(model: Model, texts: readonly string[]): Promise<TextScore[]> {
  const { encode, endOfText } = model.tokenizer;
  return scoreTokens(
    model,
    texts.map((text) => [endOfText, ...encode(text)]),
  );
}

/**
 * The same for rows of tokens; the first of each row is given, and counts nothing unless it is the only one. A row that is
 * longer than the context is read in windows, of which each begins without what came before it.
 */
export async function scoreTokens(model: Model, rows: readonly (readonly number[])[]): Promise<TextScore[]> {
  const windows = rows.flatMap((row, index) => windowsOf(row, index, model.config.n_positions));
  const scores = rows.map(({ length }) => ({
    logProbabilities: new Float32Array(Math.max(0, length - 1)),
    hidden: new Float32Array(model.config.n_embd),
  }));
  for (const batch of batchesOf(windows, LOGITS_AT_ONCE / model.config.vocab_size)) {
    await scoreBatch(model, batch, rows, scores);
  }
  return scores;
}

interface Window {
  readonly row: number;
  /** Of the window's first token in its row. */
  readonly start: number;
  readonly tokens: readonly number[];
}

function windowsOf(tokens: readonly number[], row: number, longest: number): Window[] {
  const count = Math.ceil(tokens.length / longest);
  return Array.from({ length: count }, (_, index) => {
    const start = index * longest;
    return { row, start, tokens: tokens.slice(start, start + longest) };
  });
}

/** Windows of like length together, so that little is padding; each batch within a number of tokens, or of one window. */
function* batchesOf(windows: readonly Window[], tokens: number): Generator<Window[]> {
  let batch: Window[] = [];
  for (const window of windows.toSorted((a, b) => a.tokens.length - b.tokens.length)) {
    if (batch.length > 0 && (batch.length + 1) * window.tokens.length > tokens) {
      yield batch;
      batch = [];
    }
    batch.push(window);
  }
  if (batch.length > 0) yield batch;
}

async function scoreBatch(
  { network, config }: Model,
  batch: readonly Window[],
  rows: readonly (readonly number[])[],
  scores: readonly TextScore[],
): Promise<void> {
  const { n_embd: C, vocab_size: V } = config;
  const longest = Math.max(...batch.map(({ tokens }) => tokens.length));
  const cache = network.createCache(batch.length, longest);
  const tokens = batch.map((window) => window.tokens);
  const { logits, logNormalizers, hidden } = await network.forward({ tokens, cache, logits: 'every' });

  let at = 0;
  for (const [index, { row, start, tokens }] of batch.entries()) {
    const whole = rows[row]!;
    const score = scores[row]!;
    const counted = Math.max(1, whole.length - 1);
    for (let t = 0; t < tokens.length; t++, at++) {
      const next = whole[start + t + 1];
      if (next !== undefined) {
        score.logProbabilities[start + t] = logits[at * V + next]! - logNormalizers[at]!;
      }
      if (start + t === 0 && whole.length > 1) continue;
      const state = hidden.subarray((index * longest + t) * C, (index * longest + t + 1) * C);
      state.forEach((value, c) => {
        score.hidden[c]! += value / counted;
      });
    }
  }
}
