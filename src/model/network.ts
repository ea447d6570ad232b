/** Runs a model's graph. The only file that holds its onnxruntime session: above it are token ids, probabilities and states. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { AdapterStack, type LoadedAdapter, type Placed } from './adapter-stack.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import { ADAPTER_BLOCK, cachedHeadSize, inferenceGraph } from './inference-graph.ts';
import { KeyValueCache } from './key-value-cache.ts';
import type { ModelFolder } from './model-folder.ts';
import { linearLayers } from './peft.ts';

/** What can be had of a forward pass. Everything else is not copied out. */
export interface Activations {
  /** Next-token logits, V at each wanted position: row after row, without gaps. */
  readonly logits: Float32Array;
  /** What to subtract from a position's logits to have log-probabilities in nats: one number a wanted position. */
  readonly logNormalizers: Float32Array;
  /** Of the tokens `next`, in nats: one number a wanted position. */
  readonly logProbabilities: Float32Array;
  /** The softmax of logits / temperature, laid out like the logits. */
  readonly probabilities: Float32Array;
  /** A probability is exp(logit / temperature - this): one number a wanted position. */
  readonly logPartitions: Float32Array;
  /** The state after ln_f, C at each new token: row after row, every row as long as the longest. */
  readonly hidden: Float32Array;
}
export type Output = keyof Activations;

/** The graph's outputs that each is made of. */
const MADE_OF: Readonly<Record<Output, readonly string[]>> = {
  logits: ['logits'],
  logNormalizers: ['largest', 'likeliest'],
  logProbabilities: ['next_logit', 'largest', 'likeliest'],
  probabilities: ['probabilities'],
  logPartitions: ['largest', 'likeliest_tempered'],
  hidden: ['last_hidden_state'],
};

type Results = Readonly<Record<string, ort.Tensor>>;

function activation(name: Output, results: Results, temperatures: Float32Array): Float32Array {
  const [values, second, third] = MADE_OF[name].map((part) => floatsOf(results[part]));
  if (!values) throw new Error(`${name} is made of nothing`);
  switch (name) {
    case 'logNormalizers':
      return values.map((logit, at) => logit - Math.log(second![at]!));
    case 'logPartitions':
      return values.map((logit, at) => logit / temperatures[at]! - Math.log(second![at]!));
    case 'logProbabilities':
      return values.map((logit, at) => logit - (second![at]! - Math.log(third![at]!)));
    default:
      return values;
  }
}

export interface Forward<Wanted extends Output> {
  /** New tokens of each row, at least one a row; where any row of the cache holds something, one a row, or one row. */
  readonly tokens: readonly (readonly number[])[];
  /** Where the rows go on, and are kept; without one they are read from their beginning, and forgotten. */
  readonly cache?: KeyValueCache;
  /** Whether outputs are wanted after each row's last new token alone, or after every one. */
  readonly at: 'last' | 'every';
  readonly want: readonly Wanted[];
  /** Of the probabilities, one a wanted position, above 0; 1 where it is left out. */
  readonly temperatures?: readonly number[];
  /** The token after each wanted position. */
  readonly next?: readonly number[];
  /** What each row is read with besides the base's weights. */
  readonly adapters?: readonly (LoadedAdapter | undefined)[];
}

export interface Network {
  /** A cache of so many rows that hold nothing yet. */
  createCache(rows: number, capacity: number): KeyValueCache;
  /** Appends to the cache. One call at a time. */
  forward<Wanted extends Output>(input: Forward<Wanted>): Promise<Pick<Activations, Wanted>>;
  release(): Promise<void>;
}

export interface NetworkOptions {
  /** What the runtime's profile is written to, a file for each session: this, and the time. */
  readonly profileTo?: string;
}

export async function openNetwork(model: ModelFolder, { profileTo }: NetworkOptions = {}): Promise<Network> {
  const { config } = model;
  const file = realpathSync(model.weights.file);
  const session = await ort.InferenceSession.create(
    inferenceGraph(model, () => path.basename(file)),
    {
      ...(profileTo !== undefined && { enableProfiling: true, profileFilePrefix: profileTo }),
      extra: {
        session: {
          // The runtime refuses links that lead out of its folder, which is how the hub's cache keeps its files.
          model_external_initializers_file_folder_path: path.dirname(file),
          // Threads that spin while they wait fight with whatever else runs: beside a training they made steps 3 times slower.
          intra_op: { allow_spinning: '0' },
        },
      },
    },
  );
  const stack = new AdapterStack(config);
  const none = withoutAdapter(config);
  let step: StepFeeds | undefined;

  return {
    createCache(rows, capacity) {
      const cache = new KeyValueCache(config, { places: rows, capacity });
      for (let row = 0; row < rows; row++) cache.addEmpty();
      return cache;
    },

    async forward({ tokens, cache, at, want, temperatures, next, adapters }) {
      const lengths = tokens.map(({ length }) => length);
      const longest = Math.max(...lengths);
      const isStep = cache !== undefined && longest === 1 && at === 'last' && !next;
      if (cache) refuseMisfits(cache, lengths, longest);
      const placed = adapters?.some((adapter) => adapter) ? stack.place(adapters.filter((one) => !!one)) : none;

      if (!isStep) step = undefined;
      else if (!step?.fits(cache, placed)) step = new StepFeeds(config, cache, placed);
      const feeds =
        isStep && step ? step.fill(tokens, cache) : readingFeeds(config, { tokens, cache, at, next, placed });
      fillTemperatures(feeds, temperatures);
      fillMask(feeds, placed, lengths.length, longest, adapters);

      const fetched = new Set(want.flatMap((name) => MADE_OF[name]));
      const results = await session.run(feeds, [...fetched, ...(cache ? ['new'] : [])]);
      cache?.append(floatsOf(results.new), lengths, longest);
      const given = floatsOf(feeds.temperature);
      const wanted = want.map((name) => [name, activation(name, results, given)] as const);
      return Object.fromEntries(wanted) as Pick<Activations, (typeof want)[number]>;
    },

    async release() {
      if (profileTo !== undefined) session.endProfiling();
      await session.release();
    },
  };
}

type Feeds = Record<string, ort.Tensor>;

function refuseMisfits(cache: KeyValueCache, lengths: readonly number[], longest: number): void {
  if (lengths.length !== cache.rows) throw new Error(`Expected tokens of ${cache.rows} rows, got ${lengths.length}`);
  if (longest > 1 && cache.rows > 1 && cache.lengths.some((length) => length > 0)) {
    throw new Error('Rows that go on are continued by one token at a time');
  }
  if (cache.lengths.some((length, row) => length + lengths[row]! > cache.capacity)) {
    throw new Error(`A row of ${cache.capacity} tokens cannot hold more than these`);
  }
}

/** Inputs of one more token in each row of a cache: made when a batch changes, and written over at each step. */
class StepFeeds {
  readonly #feeds: Feeds;
  readonly #cache: KeyValueCache;
  readonly #buffers: readonly Float32Array[];
  readonly #placed: Placed;
  readonly #ids: BigInt64Array;
  readonly #positions: BigInt64Array;
  readonly #lastAt: Int32Array;
  readonly #longest = new Int32Array(1);

  constructor(config: Gpt2Config, cache: KeyValueCache, placed: Placed) {
    const B = cache.rows;
    this.#cache = cache;
    this.#buffers = cache.buffers;
    this.#placed = placed;
    this.#ids = new BigInt64Array(B);
    this.#positions = new BigInt64Array(B);
    this.#lastAt = new Int32Array(B);
    this.#feeds = {
      ...shapeFeeds(config, B, 1),
      ...adapterFeeds(config, placed, B),
      ...pastFeeds(cache.buffers, cache.shape),
      input_ids: new ort.Tensor('int64', this.#ids, [B, 1]),
      position_ids: new ort.Tensor('int64', this.#positions, [B, 1]),
      last_at: new ort.Tensor('int32', this.#lastAt, [B]),
      longest: new ort.Tensor('int32', this.#longest, []),
      logits_at: int64(Array.from({ length: B }, (_, row) => row)),
      next_ids: int64(new Array(B).fill(0), [B, 1]),
      temperature: new ort.Tensor('float32', new Float32Array(B), [B, 1]),
    };
  }

  fits(cache: KeyValueCache, placed: Placed): boolean {
    return (
      cache === this.#cache &&
      cache.buffers === this.#buffers &&
      cache.rows === this.#ids.length &&
      placed.matrices[0]?.a.byteOffset === this.#placed.matrices[0]?.a.byteOffset &&
      placed.matrices[0]?.a.buffer === this.#placed.matrices[0]?.a.buffer &&
      placed.blocks === this.#placed.blocks
    );
  }

  fill(tokens: readonly (readonly number[])[], { lengths }: KeyValueCache): Feeds {
    let longest = 0;
    for (let row = 0; row < tokens.length; row++) {
      const length = lengths[row]!;
      this.#ids[row] = BigInt(tokens[row]![0]!);
      this.#positions[row] = BigInt(length);
      this.#lastAt[row] = length;
      longest = Math.max(longest, length + 1);
    }
    this.#longest[0] = longest;
    return this.#feeds;
  }
}

interface Reading {
  readonly tokens: readonly (readonly number[])[];
  readonly cache: KeyValueCache | undefined;
  readonly at: 'last' | 'every';
  readonly next: readonly number[] | undefined;
  readonly placed: Placed;
}

/** Inputs of rows of any length. */
function readingFeeds(config: Gpt2Config, { tokens, cache, at, next, placed }: Reading): Feeds {
  const B = tokens.length;
  const S = Math.max(...tokens.map(({ length }) => length));
  const held = cache?.lengths ?? new Array<number>(B).fill(0);
  const isNew = held.every((length) => length === 0);
  const ids = new BigInt64Array(B * S);
  const positions = new BigInt64Array(B * S);
  for (const [row, added] of tokens.entries()) {
    for (const [t, token] of added.entries()) {
      ids[row * S + t] = BigInt(token);
      positions[row * S + t] = BigInt(held[row]! + t);
    }
  }
  const wanted = tokens.flatMap(({ length }, row) =>
    at === 'last' ? [row * S + length - 1] : Array.from({ length }, (_, t) => row * S + t),
  );
  const lastAt = Int32Array.from(tokens, ({ length }, row) => held[row]! + length - 1);
  // The kernel takes no cache of size 0, and does not look into one where rows begin.
  const emptyShape = [B, config.n_head, 1, cachedHeadSize(config)] as const;
  const empty = new Float32Array(emptyShape.reduce((size, dimension) => size * dimension, 1));
  return {
    ...shapeFeeds(config, B, S),
    ...adapterFeeds(config, placed, B * S),
    ...(cache && !isNew
      ? pastFeeds(cache.buffers, cache.shape)
      : pastFeeds(new Array(2 * config.n_layer).fill(empty), emptyShape)),
    input_ids: new ort.Tensor('int64', ids, [B, S]),
    position_ids: new ort.Tensor('int64', positions, [B, S]),
    last_at: new ort.Tensor('int32', lastAt, [B]),
    longest: new ort.Tensor('int32', Int32Array.of(Math.max(S, ...lastAt.map((last) => last + 1))), []),
    logits_at: int64(wanted),
    next_ids: int64(next ?? new Array(wanted.length).fill(0), [wanted.length, 1]),
    temperature: new ort.Tensor('float32', new Float32Array(wanted.length), [wanted.length, 1]),
  };
}

function shapeFeeds(config: Gpt2Config, B: number, S: number): Feeds {
  return { rows_shape: int64([B, S, 3 * config.n_head * cachedHeadSize(config)]) };
}

function pastFeeds(buffers: readonly Float32Array[], shape: readonly number[]): Feeds {
  return Object.fromEntries(
    buffers.map((buffer, index) => [`past.${index >> 1}.${index & 1 ? 'value' : 'key'}`, tensorOf(buffer, shape)]),
  );
}

function adapterFeeds(config: Gpt2Config, { blocks, matrices }: Placed, tokens: number): Feeds {
  const feeds: Feeds = {
    adapter_mask: new ort.Tensor('float32', new Float32Array(blocks * tokens), [blocks, tokens, 1]),
    adapter_shape: int64([tokens, blocks * ADAPTER_BLOCK]),
  };
  for (const [index, layer] of linearLayers(config).entries()) {
    const { a, b } = matrices[index]!;
    feeds[`${layer.name}.lora_A`] = tensorOf(a, [blocks, layer.in, ADAPTER_BLOCK]);
    feeds[`${layer.name}.lora_B`] = tensorOf(b, [blocks * ADAPTER_BLOCK, layer.out]);
  }
  return feeds;
}

/** One block of zeros, for rows of the base alone. */
function withoutAdapter(config: Gpt2Config): Placed {
  const layers = linearLayers(config);
  const zeros = new Float32Array(ADAPTER_BLOCK * Math.max(...layers.map((layer) => Math.max(layer.in, layer.out))));
  const matrices = layers.map((layer) => ({
    a: zeros.subarray(0, ADAPTER_BLOCK * layer.in),
    b: zeros.subarray(0, ADAPTER_BLOCK * layer.out),
  }));
  return { blocks: 1, matrices, blockOf: () => 0 };
}

function fillTemperatures({ temperature }: Feeds, temperatures: readonly number[] | undefined): void {
  const values = floatsOf(temperature);
  for (let at = 0; at < values.length; at++) values[at] = temperatures?.[at] ?? 1;
}

/** 1 where a token's adapter stands, [blocks, rows · longest]. */
function fillMask(
  { adapter_mask }: Feeds,
  placed: Placed,
  rows: number,
  longest: number,
  adapters: Forward<Output>['adapters'],
): void {
  const mask = floatsOf(adapter_mask).fill(0);
  if (!adapters) return;
  const tokens = rows * longest;
  for (let row = 0; row < rows; row++) {
    const adapter = adapters[row];
    if (!adapter) continue;
    const begin = placed.blockOf(adapter);
    for (let block = begin; block < begin + blocksWithin(adapter); block++) {
      mask.fill(1, block * tokens + row * longest, block * tokens + (row + 1) * longest);
    }
  }
}

const blocksWithin = ({ rank }: LoadedAdapter) => Math.ceil(rank / ADAPTER_BLOCK);

function tensorOf(data: Float32Array, shape: readonly number[]): ort.Tensor {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  return new ort.Tensor('float32', data.subarray(0, size), shape);
}

function int64(elements: readonly number[], shape: readonly number[] = [elements.length]): ort.Tensor {
  return new ort.Tensor('int64', BigInt64Array.from(elements, BigInt), shape);
}

function floatsOf(tensor: ort.Tensor | undefined): Float32Array {
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`Expected floats from the graph, got ${tensor?.type}`);
  return tensor.data;
}
