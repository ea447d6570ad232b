/** Runs a model's graph on the CPU, and says what any device does. Above it are token ids, probabilities and states. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import type { Device } from '../persona/device.ts';
import {
  type Activations,
  activationsOf,
  floatsOf,
  type Laid,
  type Output,
  partsOf,
  partTensors,
  withoutFiller,
} from './activations.ts';
import { AdapterStack, type LoadedAdapter, type Placed } from './adapter-stack.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import {
  adapterFeeds,
  fillMask,
  fillTemperatures,
  int64,
  pastFeeds,
  shapeFeeds,
  withoutAdapter,
} from './graph-feeds.ts';
import { HostCache } from './host-cache.ts';
import { cachedHeadSize, inferenceGraph } from './inference-graph.ts';
import type { KeyValueCache } from './key-value-cache.ts';
import type { ModelFolder } from './model-folder.ts';
import { readsInPairs } from './quantization/quantization.ts';
import { type Feeds, runInPlace } from './run-in-place.ts';

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
  /** What it runs on now. */
  readonly device: Device;
  /** A cache of so many rows that hold nothing yet, and room for `places`; as many as there are, where that is left out. */
  createCache(rows: number, capacity: number, places?: number): KeyValueCache;
  /**
   * Appends to the cache. One call at a time. What is given for one more token in each row of a cache that holds something is
   * written over by the next such call; all else is the caller's.
   */
  forward<Wanted extends Output>(input: Forward<Wanted>): Promise<Pick<Activations, Wanted>>;
  release(): Promise<void>;
}

export interface NetworkOptions {
  /** Whether adapters will be used with it: then it is not opened again for the first of them. */
  readonly adapted?: boolean;
  /** What the runtime's profile is written to, a file for each session: this, and the time. */
  readonly profileTo?: string;
}

/**
 * What lies on the way to probabilities, a vocabulary for each row. The system clears such memory when it is asked for, which with
 * 50,000 tokens and eight rows can take a seventh of a step.
 */
const ON_THE_WAY = ['logits', 'shares', 'tempered'] as const;

/**
 * Until an adapter is used with it, its graph has no place for one, which saves a twentieth of a step of eight rows and a tenth of
 * a single row's. What it computes for rows without one is the same to the last bit.
 */
export async function openNetwork(
  model: ModelFolder,
  { adapted = false, profileTo }: NetworkOptions = {},
): Promise<Network> {
  const { config } = model;
  const file = realpathSync(model.weights.file);
  const inPairs = model.quantization !== undefined && readsInPairs(model.quantization);
  const reused = new ReusedMemory();
  let opened: Opened | undefined = await open(adapted);
  let step: StepFeeds | undefined;

  async function open(adapted: boolean): Promise<Opened> {
    const session = await ort.InferenceSession.create(
      inferenceGraph(model, () => path.basename(file), { operators: 'fused', cache: 'present', adapted }),
      {
        // An arena keeps the most that reading ever took, of every model: 50 MB of a daemon's 430.
        enableCpuMemArena: false,
        enableMemPattern: false,
        ...(profileTo !== undefined && { enableProfiling: true, profileFilePrefix: profileTo }),
        extra: { session: sessionSettings(file) },
      },
    );
    const places = adapted ? { stack: new AdapterStack(config), none: withoutAdapter(config) } : undefined;
    return { session, places };
  }

  async function close(): Promise<void> {
    const closing = opened;
    opened = undefined;
    if (profileTo !== undefined) closing?.session.endProfiling();
    await closing?.session.release();
  }

  /** Once it has places for adapters it keeps them: its weights are not in memory twice, and loaded twice at most. */
  async function openedFor(isAdapted: boolean): Promise<Opened> {
    if (isAdapted && !opened?.places) await close();
    opened ??= await open(isAdapted);
    return opened;
  }

  return {
    device: 'cpu',
    createCache: (rows, capacity, places = rows) =>
      withEmptyRows(new HostCache(config, { places, capacity }, { hasRoomForFiller: inPairs }), rows),

    async forward({ tokens, cache: wantedCache, at, want, temperatures, next, adapters }) {
      const cache = wantedCache && hostCache(wantedCache);
      const lengths = tokens.map(({ length }) => length);
      const longest = Math.max(...lengths);
      const goesOn = cache?.lengths.some((length) => length > 0) ?? false;
      const isStep = cache && goesOn && longest === 1 && at === 'last' && !next;
      if (cache) refuseMisfits(cache, lengths, longest);
      const laid = laidOut(lengths, goesOn, inPairs);
      const used = adapters?.filter((adapter) => !!adapter) ?? [];
      const { session, places } = await openedFor(used.length > 0);
      const placed = used.length > 0 ? places?.stack.place(used) : places?.none;

      if (!isStep) step = undefined;
      else if (!step?.fits(cache, placed)) step = new StepFeeds(config, cache, laid, placed);
      const feeds =
        isStep && step
          ? step.fill(tokens, cache)
          : readingFeeds(config, { tokens, cache, laid, inPairs, at, next, placed });
      fillTemperatures(feeds, temperatures);
      if (placed) fillMask(feeds, placed, laid.rows, laid.columns, adapters);

      const sizes = { wanted: floatsOf(feeds.temperature).length, tokens: laid.rows * laid.columns };
      const memory = isStep ? reused.of : (_: string, floats: number) => new Float32Array(floats);
      const fetched = isStep ? [...partsOf(want), ...ON_THE_WAY] : partsOf(want);
      const parts = partTensors(fetched, config, sizes, memory);
      const present = isStep && step ? step.present : cache && presentFeeds(feeds, config);
      await runInPlace(session, feeds, { ...parts, ...present });
      cache?.grow(lengths);
      const found = inPairs ? withoutFiller(parts, { lengths, laid, at }) : parts;
      return activationsOf(want, found, floatsOf(feeds.temperature));
    },

    release: close,
  };
}

interface Opened {
  readonly session: ort.InferenceSession;
  /** Of adapters; nothing where the graph takes none. */
  readonly places: { readonly stack: AdapterStack; readonly none: Placed } | undefined;
}

/** Where the runtime reads them in pairs they are even in number: by a row that holds nothing, or by a column. */
function laidOut(lengths: readonly number[], goesOn: boolean, inPairs: boolean): Laid {
  const [rows, columns] = [lengths.length, Math.max(...lengths)];
  if (!inPairs || (rows * columns) % 2 === 0) return { rows, columns };
  return goesOn && columns === 1 ? { rows: rows + 1, columns } : { rows, columns: columns + 1 };
}

/** The cache that comes out is the one that went in: written in place. */
function presentFeeds(feeds: Feeds, { n_layer }: Gpt2Config): Feeds {
  const names = Array.from({ length: n_layer }, (_, layer) => [`${layer}.key`, `${layer}.value`]).flat();
  return Object.fromEntries(names.map((name) => [`present.${name}`, feeds[`past.${name}`]!]));
}

/** What each part of a step is written into, again and again: as large as it ever had to be. */
class ReusedMemory {
  readonly #kept = new Map<string, Float32Array>();

  readonly of = (part: string, floats: number): Float32Array => {
    let memory = this.#kept.get(part);
    if (!memory || memory.length < floats) this.#kept.set(part, (memory = new Float32Array(floats)));
    return memory.subarray(0, floats);
  };
}

/** Of the runtime, for weights in this file. */
export function sessionSettings(weights: string): object {
  return {
    // The runtime refuses links that lead out of its folder, which is how the hub's cache keeps its files.
    model_external_initializers_file_folder_path: path.dirname(weights),
    // Threads that spin as long as they wait fight with whatever else runs: beside a training they made steps 3 times slower.
    // Those that never do have to be woken for each of a step's products, of which one row's are short: a fifth of its time.
    intra_op: { allow_spinning: '1', spin_duration_us: '20' },
  };
}

export function withEmptyRows<Cache extends KeyValueCache>(cache: Cache, rows: number): Cache {
  for (let row = 0; row < rows; row++) cache.addEmpty();
  return cache;
}

export function hostCache(cache: KeyValueCache): HostCache {
  if (cache instanceof HostCache) return cache;
  throw new Error("A network takes its own caches, not another's");
}

export function refuseMisfits(cache: KeyValueCache, lengths: readonly number[], longest: number): void {
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
  readonly #cache: HostCache;
  readonly #buffers: readonly Float32Array[];
  readonly #placed: Placed | undefined;
  readonly #rows: number;
  readonly #ids: BigInt64Array;
  readonly #positions: BigInt64Array;
  readonly #lastAt: Int32Array;
  readonly #longest = new Int32Array(1);
  /** Where the cache comes out. */
  readonly present: Feeds;

  constructor(config: Gpt2Config, cache: HostCache, { rows: B }: Laid, placed: Placed | undefined) {
    this.#rows = cache.rows;
    this.#cache = cache;
    this.#buffers = cache.buffers;
    this.#placed = placed;
    this.#ids = new BigInt64Array(B);
    this.#positions = new BigInt64Array(B);
    this.#lastAt = new Int32Array(B);
    this.#feeds = {
      ...shapeFeeds(config, B, 1),
      ...(placed && adapterFeeds(config, placed, B)),
      ...pastFeeds(cache.buffers, cache.shapeOf(B)),
      input_ids: new ort.Tensor('int64', this.#ids, [B, 1]),
      position_ids: new ort.Tensor('int64', this.#positions, [B, 1]),
      last_at: new ort.Tensor('int32', this.#lastAt, [B]),
      longest: new ort.Tensor('int32', this.#longest, []),
      logits_at: int64(Array.from({ length: B }, (_, row) => row)),
      next_ids: int64(new Array(B).fill(0), [B, 1]),
      temperature: new ort.Tensor('float32', new Float32Array(B), [B, 1]),
    };
    this.present = presentFeeds(this.#feeds, config);
  }

  fits(cache: HostCache, placed: Placed | undefined): boolean {
    return (
      cache === this.#cache &&
      cache.buffers === this.#buffers &&
      cache.rows === this.#rows &&
      placed?.matrices[0]?.a.byteOffset === this.#placed?.matrices[0]?.a.byteOffset &&
      placed?.matrices[0]?.a.buffer === this.#placed?.matrices[0]?.a.buffer &&
      placed?.blocks === this.#placed?.blocks
    );
  }

  fill(tokens: readonly (readonly number[])[], { lengths }: HostCache): Feeds {
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
  readonly cache: HostCache | undefined;
  readonly laid: Laid;
  readonly inPairs: boolean;
  readonly at: 'last' | 'every';
  readonly next: readonly number[] | undefined;
  readonly placed: Placed | undefined;
}

/** Inputs of rows of any length. */
function readingFeeds(config: Gpt2Config, { tokens, cache, laid, inPairs, at, next, placed }: Reading): Feeds {
  const { rows: B, columns: S } = laid;
  const held = cache?.lengths ?? new Array<number>(B).fill(0);
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
  if (inPairs && wanted.length % 2 === 1) wanted.push(wanted[0]!);
  // A row that goes on has no end before the last column: what fills it is written behind what the row holds then.
  const lastAt = new Int32Array(B);
  for (const [row, { length }] of tokens.entries()) lastAt[row] = held[row]! > 0 ? held[row]! + S - 1 : length - 1;
  // The kernel takes no cache of size 0, and does not look into one where rows begin.
  const emptyShape = [B, config.n_head, 1, cachedHeadSize(config)] as const;
  const empty = new Float32Array(emptyShape.reduce((size, dimension) => size * dimension, 1));
  return {
    ...shapeFeeds(config, B, S),
    ...(placed && adapterFeeds(config, placed, B * S)),
    ...(cache
      ? pastFeeds(cache.buffers, cache.shapeOf(B))
      : pastFeeds(new Array(2 * config.n_layer).fill(empty), emptyShape)),
    input_ids: new ort.Tensor('int64', ids, [B, S]),
    position_ids: new ort.Tensor('int64', positions, [B, S]),
    last_at: new ort.Tensor('int32', lastAt, [B]),
    longest: new ort.Tensor('int32', Int32Array.of(Math.max(S, ...lastAt.map((last) => last + 1))), []),
    logits_at: int64(wanted),
    next_ids: int64(
      Array.from(wanted, (_, index) => next?.[index] ?? 0),
      [wanted.length, 1],
    ),
    temperature: new ort.Tensor('float32', new Float32Array(wanted.length), [wanted.length, 1]),
  };
}
