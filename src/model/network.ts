/** Runs a model's graph. The only file that holds its onnxruntime session: above it are token ids, logits and states. */
import * as ort from 'onnxruntime-node';
import { inferenceGraph } from './inference-graph.ts';
import { KeyValueCache } from './key-value-cache.ts';
import type { ModelFolder } from './model-folder.ts';

export interface Forward {
  /** New tokens of each row of the cache, at least one a row. Only into an empty cache may there be more than one. */
  readonly tokens: readonly (readonly number[])[];
  readonly cache: KeyValueCache;
  /** Whether logits are wanted after each row's last new token alone, or after every one. */
  readonly logits: 'last' | 'every';
}

export interface Activations {
  /** Next-token logits, V at each wanted position: row after row, without gaps. */
  readonly logits: Float32Array;
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
  const { config, folder } = model;
  const session = await ort.InferenceSession.create(inferenceGraph(model), {
    extra: { session: { model_external_initializers_file_folder_path: folder } },
  });

  return {
    createCache: (rows, capacity) => new KeyValueCache(config, rows, capacity),

    async forward({ tokens, cache, logits }) {
      const S = Math.max(...tokens.map(({ length }) => length));
      const flat = { ids: new BigInt64Array(tokens.length * S), positions: new BigInt64Array(tokens.length * S) };
      const wanted: number[] = [];
      for (const [row, added] of tokens.entries()) {
        const past = cache.lengths[row]!;
        for (const [t, id] of added.entries()) {
          flat.ids[row * S + t] = BigInt(id);
          flat.positions[row * S + t] = BigInt(past + t);
          if (logits === 'every' || t === added.length - 1) wanted.push(row * S + t);
        }
        cache.lengths[row] = past + added.length;
      }

      const caches = cacheTensors(cache);
      const results = await session.run(
        {
          input_ids: new ort.Tensor('int64', flat.ids, [tokens.length, S]),
          position_ids: new ort.Tensor('int64', flat.positions, [tokens.length, S]),
          seqlens_k: new ort.Tensor(
            'int32',
            Int32Array.from(cache.lengths, (length) => length - 1),
            [tokens.length],
          ),
          total_sequence_length: new ort.Tensor('int32', Int32Array.of(Math.max(...cache.lengths)), []),
          logits_at: new ort.Tensor('int64', BigInt64Array.from(wanted, BigInt), [wanted.length]),
          ...named(caches, 'past_key_values'),
        },
        // The cache is given as past and as present, so that the kernel appends to it where it lies.
        { logits: null, last_hidden_state: null, ...named(caches, 'present') },
      );
      return { logits: floatsOf(results.logits), hidden: floatsOf(results.last_hidden_state) };
    },

    release: () => session.release(),
  };
}

function cacheTensors({ buffers, rows, rowShape, rowSize }: KeyValueCache): ort.Tensor[] {
  return buffers.map((buffer) => new ort.Tensor('float32', buffer.subarray(0, rows * rowSize), [rows, ...rowShape]));
}

function named(tensors: readonly ort.Tensor[], prefix: string): Record<string, ort.Tensor> {
  const name = (index: number) => `${prefix}.${index >> 1}.${index % 2 === 0 ? 'key' : 'value'}`;
  return Object.fromEntries(tensors.map((tensor, index) => [name(index), tensor]));
}

function floatsOf(tensor: ort.Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`Expected floats from the graph, got ${tensor?.type}`);
  return tensor.data;
}
