/** How likely texts are to a model, and what it makes of them as vectors. */
import type { Model } from './model.ts';

export interface TextScore {
  /** Of each token of the text, in nats, given those before it; the first one follows the end-of-text token. */
  readonly logProbabilities: Float32Array;
  /** The last hidden state, averaged over the text's tokens: [n_embd]. */
  readonly hidden: Float32Array;
}

/** Logits held at once, as many as fit in 4 MB (the graph makes a few arrays as large): some posts, or one long text. */
const LOGITS_AT_ONCE = 2 ** 20;

/** Awaited before each batch; what it throws ends the scoring. */
export type BeforeBatch = () => Promise<void>;

export function scoreTexts(model: Model, texts: readonly string[], beforeBatch?: BeforeBatch): Promise<TextScore[]> {
  const { encode, endOfText } = model.tokenizer;
  return scoreTokens(
    model,
    texts.map((text) => [endOfText, ...encode(text)]),
    beforeBatch,
  );
}

/**
 * The same for rows of tokens; the first of each row is given, and counts nothing unless it is the only one. A row that is
 * longer than the context is read in windows, of which each begins without what came before it.
 */
export async function scoreTokens(
  model: Model,
  rows: readonly (readonly number[])[],
  beforeBatch?: BeforeBatch,
): Promise<TextScore[]> {
  const windows = rows.flatMap((row, index) => windowsOf(row, index, model.config.n_positions));
  const scores = rows.map(({ length }) => ({
    logProbabilities: new Float32Array(Math.max(0, length - 1)),
    hidden: new Float32Array(model.config.n_embd),
  }));
  for (const batch of batchesOf(windows, LOGITS_AT_ONCE / model.config.vocab_size)) {
    await beforeBatch?.();
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
  { network, config, adapter }: Model,
  batch: readonly Window[],
  rows: readonly (readonly number[])[],
  scores: readonly TextScore[],
): Promise<void> {
  const { n_embd: C } = config;
  const longest = Math.max(...batch.map(({ tokens }) => tokens.length));
  const { logProbabilities, hidden } = await network.forward({
    tokens: batch.map(({ tokens }) => tokens),
    at: 'every',
    want: ['logProbabilities', 'hidden'],
    next: batch.flatMap(({ row, start, tokens }) => tokens.map((_, t) => rows[row]![start + t + 1] ?? 0)),
    adapters: batch.map(() => adapter),
  });

  let at = 0;
  for (const [index, { row, start, tokens }] of batch.entries()) {
    const whole = rows[row]!;
    const score = scores[row]!;
    const counted = Math.max(1, whole.length - 1);
    for (let t = 0; t < tokens.length; t++, at++) {
      if (start + t + 1 < whole.length) score.logProbabilities[start + t] = logProbabilities[at]!;
      if (start + t === 0 && whole.length > 1) continue;
      const state = hidden.subarray((index * longest + t) * C, (index * longest + t + 1) * C);
      state.forEach((value, c) => {
        score.hidden[c]! += value / counted;
      });
    }
  }
}
