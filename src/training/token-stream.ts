/** Tokens of many documents in one row, each ended by the end-of-text token, and the batches cut from it. */
import { randomFrom, shuffled } from '../random.ts';
import type { Batch, BatchShape } from './trainable.ts';

export interface TextEncoder {
  readonly endOfText: number;
  encode(text: string): readonly number[];
}

/** An end-of-text token stands before the first document too, so that a beginning is learned as one. */
export function tokenStream(texts: Iterable<string>, tokenizer: TextEncoder): Uint32Array {
  const documents = [[tokenizer.endOfText]];
  for (const text of texts) documents.push([...tokenizer.encode(text), tokenizer.endOfText]);
  const tokens = new Uint32Array(documents.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const document of documents) {
    tokens.set(document, at);
    at += document.length;
  }
  return tokens;
}

/**
 * The batch of that index, out of endless epochs: each epoch visits every window once, in an order and from an offset
 * drawn from the seed, so that a batch follows from its index alone and a training can resume anywhere.
 */
export function trainingBatch(tokens: Uint32Array, shape: BatchShape, seed: number, index: number): Batch {
  const windows = Math.floor((tokens.length - 1) / shape.length) - 1;
  if (windows < shape.batch) throw new Error(`${tokens.length} tokens are fewer than a batch needs`);
  const perEpoch = Math.floor(windows / shape.batch);
  const { order, offset } = epochOrder(windows, shape.length, seed, Math.floor(index / perEpoch));
  const first = (index % perEpoch) * shape.batch;
  const starts = Array.from(order.subarray(first, first + shape.batch), (window) => offset + window * shape.length);
  return cut(tokens, starts, shape);
}

/** All tokens once, in order; the last batch is filled up with positions that count nothing. */
export function* heldOutBatches(tokens: Uint32Array, shape: BatchShape): Generator<Batch> {
  for (let start = 0; start < tokens.length - 1; start += shape.batch * shape.length) {
    yield cut(
      tokens,
      Array.from({ length: shape.batch }, (_, row) => start + row * shape.length),
      shape,
    );
  }
}

function cut(tokens: Uint32Array, starts: readonly number[], { batch, length }: BatchShape): Batch {
  const inputIds = new BigInt64Array(batch * length);
  const labels = new BigInt64Array(batch * length);
  const weights = new Float32Array(batch * length);
  const positions = new BigInt64Array(batch * length);
  const documents = new Int32Array(batch * length).fill(-1);
  for (const [row, start] of starts.entries()) {
    for (let t = 0; t < length && start + t + 1 < tokens.length; t++) {
      inputIds[row * length + t] = BigInt(tokens[start + t]!);
      labels[row * length + t] = BigInt(tokens[start + t + 1]!);
      weights[row * length + t] = 1;
      positions[row * length + t] = BigInt(t);
      documents[row * length + t] = 0;
    }
  }
  return { inputIds, labels, weights, positions, documents };
}

/** Batches of one epoch are asked for one after another, so the latest order is worth keeping. */
let latest: { key: string; order: Uint32Array; offset: number } | undefined;

function epochOrder(windows: number, length: number, seed: number, epoch: number) {
  const key = [windows, length, seed, epoch].join();
  if (latest?.key === key) return latest;

  const random = randomFrom(seed * 1_000 + epoch);
  const order = Uint32Array.from(shuffled([...Array(windows).keys()], random));
  latest = { key, order, offset: Math.floor(random() * length) };
  return latest;
}
