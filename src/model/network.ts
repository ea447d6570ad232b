/** Runs a model's graph on the CPU, and says what any device does. Above it are token ids, probabilities and states. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import * as ort from 'onnxruntime-node';
import { type Feeds, Session } from '../onnx/session.ts';
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
import { DecodeStep, StepMemory } from './decode-step.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import {
  adapterFeeds,
  fillMask,
  fillTemperatures,
  int64,
  pastFeeds,
  presentFeeds,
  shapeFeeds,
  withoutAdapter,
} from './graph-feeds.ts';
import { HostCache } from './host-cache.ts';
import { cachedHeadSize, inferenceGraph } from './inference-graph.ts';
import type { KeyValueCache } from './key-value-cache.ts';
import type { ModelFolder } from './model-folder.ts';
import { readsInPairs } from './quantization/quantization.ts';

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
  /** Lets go of what is kept for a next step, also of the memory of a cache that nobody else holds any more. */
  rest(): void;
  release(): Promise<void>;
}

export interface NetworkOptions {
  /** Whether adapters will be used with it: then it is not opened again for the first of them. */
  readonly adapted?: boolean;
  /** What the runtime's profile is written to, a file for each session: this, and the time. */
  readonly profileTo?: string;
}

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
  const memory = new StepMemory();
  let opened: Opened | undefined = open(adapted);
  let step: DecodeStep | undefined;
  let isReleased = false;

  function open(adapted: boolean): Opened {
    const session = new Session(
      inferenceGraph(model, () => path.basename(file), { operators: 'fused', cache: 'present', adapted }),
      // An arena keeps the most that reading ever took, of every model: 50 MB of a daemon's 430.
      { hasArena: false, settings: sessionSettings(file), profileTo },
    );
    const places = adapted ? { stack: new AdapterStack(config), none: withoutAdapter(config) } : undefined;
    return { session, places };
  }

  function close(): void {
    leaveStep();
    opened?.session.release();
    opened = undefined;
  }

  function leaveStep(): void {
    step?.release();
    step = undefined;
  }

  /** Once it has places for adapters it keeps them: its weights are not in memory twice, and loaded twice at most. */
  function openedFor(isAdapted: boolean): Opened {
    if (isReleased) throw new Error('The network was released');
    if (isAdapted && !opened?.places) close();
    opened ??= open(isAdapted);
    return opened;
  }

  return {
    device: 'cpu',
    createCache: (rows, capacity, places = rows) =>
      withEmptyRows(new HostCache(config, { places, capacity }, { hasRoomForFiller: inPairs }), rows),

    async forward({ tokens, cache: wantedCache, at, want, temperatures, next, adapters }) {
      await turn(); // a run blocks, and whoever wants to end a text is heard between two of them
      const cache = wantedCache && hostCache(wantedCache);
      const lengths = tokens.map(({ length }) => length);
      const longest = Math.max(...lengths);
      const goesOn = cache?.lengths.some((length) => length > 0) ?? false;
      if (cache) refuseMisfits(cache, lengths, longest);
      const laid = laidOut(lengths, goesOn, inPairs);
      const used = adapters?.filter((adapter) => !!adapter) ?? [];
      const { session, places } = openedFor(used.length > 0);
      const placed = used.length > 0 ? places?.stack.place(used) : places?.none;

      const isStep = cache && goesOn && longest === 1 && at === 'last' && !next;
      if (!isStep || !step?.fits(cache, placed)) leaveStep();
      if (isStep) {
        step ??= new DecodeStep(session, memory, { config, cache, laid, placed });
        step.fill({ tokens, temperatures, adapters });
        step.run();
        cache.grow(lengths);
        return activationsOf(want, step.parts, floatsOf(step.feeds.temperature));
      }
      const feeds = readingFeeds(config, { tokens, cache, laid, inPairs, at, next, placed });
      fillTemperatures(feeds, temperatures);
      if (placed) fillMask(feeds, placed, laid.rows, laid.columns, adapters);
      const sizes = { wanted: floatsOf(feeds.temperature).length, tokens: laid.rows * laid.columns };
      const parts = partTensors(partsOf(want), config, sizes, (_, floats) => new Float32Array(floats));
      session.run(feeds, { ...parts, ...(cache && presentFeeds(feeds, config)) });
      cache?.grow(lengths);
      const found = inPairs ? withoutFiller(parts, { lengths, laid, at }) : parts;
      return activationsOf(want, found, floatsOf(feeds.temperature));
    },

    rest: leaveStep,

    async release() {
      close();
      isReleased = true;
    },
  };
}

interface Opened {
  readonly session: Session;
  /** Of adapters; nothing where the graph takes none. */
  readonly places: { readonly stack: AdapterStack; readonly none: Placed } | undefined;
}

/** Where the runtime reads them in pairs they are even in number: by a row that holds nothing, or by a column. */
function laidOut(lengths: readonly number[], goesOn: boolean, inPairs: boolean): Laid {
  const [rows, columns] = [lengths.length, Math.max(...lengths)];
  if (!inPairs || (rows * columns) % 2 === 0) return { rows, columns };
  return goesOn && columns === 1 ? { rows: rows + 1, columns } : { rows, columns: columns + 1 };
}

/** Of the runtime, for weights in this file. */
export function sessionSettings(weights: string): Record<string, string> {
  return {
    // The runtime refuses links that lead out of its folder, which is how the hub's cache keeps its files.
    'session.model_external_initializers_file_folder_path': path.dirname(weights),
    // Threads that spin as long as they wait fight with whatever else runs: beside a training they made steps 3 times slower.
    // Those that never do have to be woken for each of a step's products, of which one row's are short: a fifth of its time.
    'session.intra_op.allow_spinning': '1',
    'session.intra_op.spin_duration_us': '150',
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
