/** One prompt, read once, continued in several rows at the same time. Knows nothing of how the next token is chosen. */
import type { Model } from './model.ts';
import type { Activations } from './network.ts';

/** What a model says of a row's next token. */
export interface Prediction {
  /** [V] */
  readonly logits: Float32Array;
  /** A token's logit less this is its log-probability, in nats. */
  readonly logNormalizer: number;
  /** [V], the softmax of logits / temperature. */
  readonly probabilities: Float32Array;
}

export interface Continuation {
  /** One a row. */
  readonly predictions: readonly Prediction[];
  /** Appends one token to each row. */
  append(tokens: readonly number[]): Promise<void>;
  /** The last row takes the place of one that is finished. */
  drop(row: number): void;
}

export interface ContinuationOptions {
  readonly rows: number;
  /** Tokens that a row can hold, prompt included; at most the model's n_positions. */
  readonly capacity: number;
  /** Of the predictions' probabilities; above 0. */
  readonly temperature: number;
}

export async function continuePrompt(
  { network }: Model,
  prompt: readonly number[],
  { rows, capacity, temperature }: ContinuationOptions,
): Promise<Continuation> {
  const read = network.createCache(1, capacity);
  const [first] = predictionsOf(await network.forward({ tokens: [prompt], cache: read, logits: 'last', temperature }));
  const cache = rows === 1 ? read : network.createCache(rows, capacity);
  if (cache !== read) cache.fillFrom(read);
  let predictions = new Array<Prediction>(rows).fill(first!);

  return {
    get predictions() {
      return predictions;
    },
    async append(tokens) {
      const added = tokens.map((token) => [token]);
      predictions = predictionsOf(await network.forward({ tokens: added, cache, logits: 'last', temperature }));
    },
    drop(row) {
      cache.drop(row);
      predictions = predictions.with(row, predictions.at(-1)!).slice(0, -1);
    },
  };
}

function predictionsOf({ logits, logNormalizers, probabilities }: Activations): Prediction[] {
  const V = logits.length / logNormalizers.length;
  return Array.from(logNormalizers, (logNormalizer, row) => ({
    logits: logits.subarray(row * V, (row + 1) * V),
    logNormalizer,
    probabilities: probabilities.subarray(row * V, (row + 1) * V),
  }));
}
