/**
 * The adapters that a batch is using, side by side in buffers that the graph takes as inputs: blocks of 8 columns for every
 * linear layer. An adapter that comes is copied in once; the weights of the base are not touched.
 */
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import { ADAPTER_BLOCK, ADAPTER_GAIN } from './inference-graph.ts';
import { versionOf } from './model-files.ts';
import { ADAPTER_WEIGHTS, type Adapter, type LoraModule, linearLayers, pairBeside } from './peft.ts';
import { readEach } from './safetensors.ts';

/** An adapter that was found to be whole. */
export interface LoadedAdapter {
  /** Its folder, for who is told of it. */
  readonly folder: string;
  readonly rank: number;
  /** What x·Aᵀ·Bᵀ is multiplied by. */
  readonly scale: number;
  /** Hands over A [rank, in] and B [out, rank] of every layer that it stands beside, each gone when the next comes. */
  read(take: (layer: string, matrix: 'A' | 'B', values: Float32Array) => void): void;
}

/**
 * It stays in its file: what is in use lies in the stack, and fifty more in memory would be a quarter of a gigabyte on a base of
 * 124M parameters.
 * @throws UserError where a weight is not a number: one such row would be the end of every text.
 */
export function loadAdapter(adapter: Adapter, config: Gpt2Config): LoadedAdapter {
  const { r: rank, scale, weights, folder } = adapter;
  const parts = new Map(
    linearLayers(config)
      .filter(({ name }) => pairBeside(adapter, name))
      .flatMap(({ name }) => (['A', 'B'] as const).map((part) => [`${name}.lora_${part}.weight`, { name, part }])),
  );
  readEach(weights, [...parts.keys()], (name, values) => {
    if (areNumbers(values)) return;
    throw new UserError(
      `${path.join(folder, ADAPTER_WEIGHTS)}: expected numbers, found ${name} with some that are not`,
      {
        hint: 'Train the adapter again, or go back to the one before it.',
      },
    );
  });
  const opened = versionOf(weights.file);
  return {
    folder,
    rank,
    scale,
    read(take) {
      if (versionOf(weights.file) !== opened) throw changed(folder, 'the adapter that was opened, found another');
      readEach(weights, [...parts.keys()], (tensor, values) => {
        const { name, part } = parts.get(tensor)!;
        take(name, part, values);
      });
    },
  };
}

/** A twentieth of what `every` takes for a million weights. */
function areNumbers(values: Float32Array): boolean {
  let zero = 0;
  for (let at = 0; at < values.length; at++) zero += values[at]! * 0; // of what is no finite number, that is not a number
  return zero === 0;
}

/** Blocks that an adapter takes: a power of two, so that each begins at a multiple of its width. */
export function blocksOf({ rank }: LoadedAdapter): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, rank / ADAPTER_BLOCK)));
}

/** Where the adapters of one call stand, as the graph's inputs want it. */
export interface Placed {
  /** Of the blocks that are handed over. */
  readonly blocks: number;
  /** For each layer, in the order of `linearLayers`: [blocks, in, 8] and [8 · blocks, out]. */
  readonly matrices: readonly { readonly a: Float32Array; readonly b: Float32Array }[];
  /** Changes when what stands in the matrices does. */
  readonly version: number;
  /** The first of an adapter's blocks, among those. */
  blockOf(adapter: LoadedAdapter): number;
}

const FEWEST_BLOCKS = 8;

export class AdapterStack {
  readonly #layers: readonly LoraModule[];
  #matrices: readonly { readonly a: Float32Array; readonly b: Float32Array }[];
  /** The first block of each adapter, least recently used first. */
  readonly #at = new Map<LoadedAdapter, number>();
  #capacity = FEWEST_BLOCKS;
  #last: { readonly wanted: ReadonlySet<LoadedAdapter>; readonly placed: Placed } | undefined;
  #version = 0;

  constructor(config: Gpt2Config) {
    this.#layers = linearLayers(config);
    this.#matrices = this.#allocate();
  }

  /** Where they stand until the next call, the same for the same ones in a row; those that were not there yet are copied in. */
  place(adapters: Iterable<LoadedAdapter>): Placed {
    const wanted = new Set(adapters);
    if (this.#last && isSame(wanted, this.#last.wanted)) return this.#last.placed;
    this.#last = undefined;
    for (const adapter of wanted) {
      const at = this.#at.get(adapter) ?? this.#copyIn(adapter, wanted);
      this.#at.delete(adapter);
      this.#at.set(adapter, at);
    }
    const used = [...wanted].map((adapter) => ({ at: this.#at.get(adapter)!, blocks: blocksOf(adapter) }));
    // A view that begins at a multiple of the widest one's width leaves every adapter at a multiple of its own.
    const widest = Math.max(1, ...used.map(({ blocks }) => blocks));
    const begin = Math.floor(Math.min(...used.map(({ at }) => at)) / widest) * widest;
    const end = Math.max(...used.map(({ at, blocks }) => at + blocks));
    const placed: Placed = {
      blocks: end - begin,
      version: this.#version,
      matrices: this.#matrices.map(({ a, b }, index) => {
        const layer = this.#layers[index]!;
        const slice = (values: Float32Array, size: number) =>
          values.subarray(begin * ADAPTER_BLOCK * size, end * ADAPTER_BLOCK * size);
        return { a: slice(a, layer.in), b: slice(b, layer.out) };
      }),
      blockOf: (adapter) => this.#at.get(adapter)! - begin,
    };
    this.#last = { wanted, placed };
    return placed;
  }

  #copyIn(adapter: LoadedAdapter, wanted: ReadonlySet<LoadedAdapter>): number {
    const blocks = blocksOf(adapter);
    const at = this.#makeRoom(blocks, wanted);
    this.#version++;
    this.#clear(at, blocks);
    try {
      adapter.read((name, part, values) => {
        const index = this.#layers.findIndex((layer) => layer.name === name);
        const { a, b } = this.#matrices[index]!;
        const { in: rows, out } = this.#layers[index]!;
        if (part === 'A') copyA(values, adapter.rank, rows, a.subarray(at * ADAPTER_BLOCK * rows));
        else copyB(values, adapter.rank, out, adapter.scale * ADAPTER_GAIN, b.subarray(at * ADAPTER_BLOCK * out));
      });
      if (!this.#valuesOf(at, blocks).every(areNumbers))
        throw changed(adapter.folder, 'numbers, found some that are none or too large for its scale');
    } catch (error) {
      this.#clear(at, blocks); // 0 times what is no number is none: it would be the end of whoever stands beside it
      throw error;
    }
    return at;
  }

  #clear(at: number, blocks: number): void {
    for (const values of this.#valuesOf(at, blocks)) values.fill(0);
  }

  #valuesOf(at: number, blocks: number): readonly Float32Array[] {
    const [begin, end] = [at * ADAPTER_BLOCK, (at + blocks) * ADAPTER_BLOCK];
    return this.#matrices.flatMap(({ a, b }, index) => {
      const { in: rows, out } = this.#layers[index]!;
      return [a.subarray(begin * rows, end * rows), b.subarray(begin * out, end * out)];
    });
  }

  /** The first place for so many blocks, at a multiple of them. Those that nobody wants now make room; else the stack grows. */
  #makeRoom(blocks: number, wanted: ReadonlySet<LoadedAdapter>): number {
    for (;;) {
      for (let at = 0; at + blocks <= this.#capacity; at += blocks) if (this.#isFree(at, blocks)) return at;
      const unwanted = this.#at.keys().find((adapter) => !wanted.has(adapter));
      if (unwanted) this.#at.delete(unwanted);
      else this.#grow();
    }
  }

  #isFree(begin: number, blocks: number): boolean {
    return this.#at.entries().every(([adapter, at]) => at >= begin + blocks || at + blocksOf(adapter) <= begin);
  }

  #grow(): void {
    const before = this.#matrices;
    this.#capacity *= 2;
    this.#matrices = this.#allocate();
    for (const [index, { a, b }] of this.#matrices.entries()) {
      a.set(before[index]!.a);
      b.set(before[index]!.b);
    }
  }

  #allocate(): readonly { readonly a: Float32Array; readonly b: Float32Array }[] {
    const columns = this.#capacity * ADAPTER_BLOCK;
    return this.#layers.map((layer) => ({
      a: new Float32Array(columns * layer.in),
      b: new Float32Array(columns * layer.out),
    }));
  }
}

/** [rank, in] to blocks of [in, 8]. */
function copyA(values: Float32Array, rank: number, rows: number, to: Float32Array): void {
  for (let begin = 0; begin < rank; begin += ADAPTER_BLOCK) {
    const columns = Math.min(ADAPTER_BLOCK, rank - begin);
    for (let row = 0, at = begin * rows; row < rows; row++, at += ADAPTER_BLOCK) {
      for (let column = 0; column < columns; column++) to[at + column] = values[(begin + column) * rows + row]!;
    }
  }
}

/** [out, rank] to [rank, out], times the factor. */
function copyB(values: Float32Array, rank: number, out: number, factor: number, to: Float32Array): void {
  for (let row = 0, from = 0; row < out; row++) {
    for (let column = 0; column < rank; column++, from++) to[column * out + row] = values[from]! * factor;
  }
}

/** What was well when it was opened. */
function changed(folder: string, expected: string): UserError {
  return new UserError(`${path.join(folder, ADAPTER_WEIGHTS)}: expected ${expected}`, {
    hint: 'Ask again; if that does not help, train the adapter again, or go back to the one before it.',
  });
}

function isSame(some: ReadonlySet<LoadedAdapter>, others: ReadonlySet<LoadedAdapter>): boolean {
  return some.size === others.size && [...some].every((one) => others.has(one));
}
