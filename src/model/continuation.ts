/** One prompt, read once, continued in several rows at the same time. Knows nothing of how the next token is chosen. */
import type { Model } from './model.ts';

export interface Continuation {
  /** Next-token logits of each row, [V]. */
  readonly logits: readonly Float32Array[];
  /** Appends one token to each row. */
  append(tokens: readonly number[]): Promise<void>;
  /** The last row takes the place of one that is finished. */
  drop(row: number): void;
}

/** @param capacity tokens that a row can hold, prompt included; at most the model's n_positions. */
export async function continuePrompt(
  { network, config }: Model,
  prompt: readonly number[],
  { rows, capacity }: { readonly rows: number; readonly capacity: number },
): Promise<Continuation> {
  const read = network.createCache(1, capacity);
  const first = await network.forward({ tokens: [prompt], cache: read, logits: 'last' });
  const cache = rows === 1 ? read : network.createCache(rows, capacity);
  if (cache !== read) cache.fillFrom(read);
  let logits = Array.from({ length: rows }, () => first.logits);

  return {
    get logits() {
      return logits;
    },
    async append(tokens) {
      const next = await network.forward({ tokens: tokens.map((token) => [token]), cache, logits: 'last' });
      logits = tokens.map((_, row) => next.logits.subarray(row * config.vocab_size, (row + 1) * config.vocab_size));
    },
    drop(row) {
      cache.drop(row);
      logits = logits.with(row, logits.at(-1)!).slice(0, -1);
    },
  };
}
