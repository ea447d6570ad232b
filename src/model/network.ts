/** Runs a model's graph. The only file that holds its onnxruntime session: above it are token ids, logits and states. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { inferenceGraph } from './inference-graph.ts';
import { KeyValueCache } from './key-value-cache.ts';
import type { ModelFolder } from './model-folder.ts';

export interface Forward {
  /** New tokens of each row of the cache, at least one a row. */
  readonly tokens: readonly (readonly number[])[];
  readonly cache: KeyValueCache;
  /** Whether logits are wanted after each row's last new token alone, or after every one. */
  readonly logits: 'last' | 'every';
  /** Of the probabilities; 1 where it is left out. */
  readonly temperature?: number;
}

export interface Activations {
  /** Next-token logits, V at each wanted position: row after row, without gaps. */
  readonly logits: Float32Array;
  /** What to subtract from a position's logits to have log-probabilities in nats: one number a wanted position. */
  readonly logNormalizers: Float32Array;
  /** The softmax of logits / temperature, laid out like the logits; nothing where every position's were wanted. */
  readonly probabilities: Float32Array;
  /** The state after ln_f, C at each new token: row after row, every row as long as the longest. */
  readonly hidden: Float32Array;
}

export interface Network {
  createCache(rows: number, capacity: number): KeyValueCache;
  /** Appends to the cache. */
  forward(input: Forward): Promise<Activations>;
  release(): Promise<void>;
}

export async function openNetwork(model: ModelFolder): Promise<Network> {
  const { config } = model;
  const { folder, locate } = realFiles(model);
  const session = await ort.InferenceSession.create(inferenceGraph(model, locate), {
    extra: {
      session: {
        model_external_initializers_file_folder_path: folder,
        // Threads that spin while they wait fight with whatever else runs: beside a training they made steps 3 times slower.
        intra_op: { allow_spinning: '0' },
      },
    },
  });
  const names = Array.from({ length: config.n_layer }, (_, layer) => [`${layer}.key`, `${layer}.value`]).flat();

  return {
    createCache: (rows, capacity) => new KeyValueCache(config, rows, capacity),

    async forward({ tokens, cache, logits, temperature = 1 }) {
      const lengths = tokens.map(({ length }) => length);
      const longest = Math.max(...lengths);
      // An empty cache is one masked position: the kernels take no tensor of size 0.
      const past = cache.lengths.some((length) => length > 0) ? cache : new KeyValueCache(config, cache.rows, 1);
      const buffers = names.map((name, index): [string, ort.Tensor] => [
        `past.${name}`,
        tensorOf(past.buffers[index]!, past.shape),
      ]);

      const results = await session.run(
        {
          ...inputsOf(tokens, longest, past),
          ...Object.fromEntries(buffers),
          heads_shape: int64([cache.rows, longest, 3, config.n_head, config.n_embd / config.n_head]),
          past_and_new: int64([past.capacity, longest]),
          logits_at: int64(wantedPositions(lengths, longest, logits)),
          temperature: new ort.Tensor('float32', Float32Array.of(temperature), []),
        },
        // What is not fetched is not copied out.
        logits === 'last' ? session.outputNames : session.outputNames.filter((name) => name !== 'probabilities'),
      );
      cache.append(
        names.map((name) => floatsOf(results[`new.${name}`])),
        lengths,
        longest,
      );
      return {
        logits: floatsOf(results.logits),
        logNormalizers: floatsOf(results.log_normalizer),
        probabilities: logits === 'last' ? floatsOf(results.probabilities) : new Float32Array(),
        hidden: floatsOf(results.last_hidden_state),
      };
    },

    release: () => session.release(),
  };
}

/**
 * The folder that holds the files of all weights, and their paths in it. The runtime refuses links that lead out of its
 * folder, which is how the hub's cache keeps its files.
 */
function realFiles({ weights, adapter }: ModelFolder): { folder: string; locate: (file: string) => string } {
  let folder = path.dirname(realpathSync(weights.file));
  const isOutside = (file: string) => path.relative(folder, file).startsWith('..');
  while (adapter && isOutside(realpathSync(adapter.weights.file))) folder = path.dirname(folder);
  return { folder, locate: (file) => path.relative(folder, realpathSync(file)) };
}

/** Ids, positions, and the bias that lets a token look at its row's cached tokens and at the new ones up to itself. */
function inputsOf(tokens: readonly (readonly number[])[], S: number, past: KeyValueCache): Record<string, ort.Tensor> {
  const B = tokens.length;
  const keys = past.capacity + S;
  const ids = new BigInt64Array(B * S);
  const positions = new BigInt64Array(B * S);
  const bias = new Float32Array(B * S * keys).fill(Number.NEGATIVE_INFINITY);
  for (const [row, added] of tokens.entries()) {
    const cached = past.lengths[row]!;
    for (let t = 0; t < S; t++) {
      const at = row * S + t;
      ids[at] = BigInt(added[t] ?? 0);
      positions[at] = BigInt(t < added.length ? cached + t : 0);
      bias.fill(0, at * keys, at * keys + cached);
      bias.fill(0, at * keys + past.capacity, at * keys + past.capacity + t + 1);
    }
  }
  return {
    input_ids: new ort.Tensor('int64', ids, [B, S]),
    position_ids: new ort.Tensor('int64', positions, [B, S]),
    attention_bias: new ort.Tensor('float32', bias, [B, 1, S, keys]),
  };
}

function wantedPositions(lengths: readonly number[], S: number, logits: 'last' | 'every'): number[] {
  return lengths.flatMap((length, row) =>
    logits === 'last' ? [row * S + length - 1] : Array.from({ length }, (_, t) => row * S + t),
  );
}

function tensorOf(data: Float32Array, shape: readonly number[]): ort.Tensor {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  return new ort.Tensor('float32', data.subarray(0, size), shape);
}

function int64(elements: readonly number[]): ort.Tensor {
  return new ort.Tensor('int64', BigInt64Array.from(elements, BigInt), [elements.length]);
}

function floatsOf(tensor: ort.Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`Expected floats from the graph, got ${tensor?.type}`);
  return tensor.data;
}
