/**
 * The adapters that a batch is using, side by side in buffers that the graph takes as inputs: blocks of 16 columns for every
 * linear layer. An adapter that comes is copied in once; the weights of the base are not touched.
 */
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import { ADAPTER_BLOCK, ADAPTER_GAIN } from './inference-graph.ts';
import { ADAPTER_WEIGHTS, type Adapter, type LoraModule, linearLayers, pairBeside } from './peft.ts';
import { readingTensors } from './safetensors.ts';
import { transposed } from './transposed.ts';

type Layers = ReadonlyMap<string, { readonly a: Float32Array; readonly b: Float32Array }>;

/** An adapter that was found to be whole. */
export interface LoadedAdapter {
  readonly rank: number;
  /** By the layer's name: A as [in, rank], B as [rank, out], times the adapter's scale. It may be read from its file each time. */
  readonly layers: Layers;
}

/**
 * It stays in its file: what is in use lies in the stack, and fifty more in memory would be a quarter of a gigabyte on a base of
 * 124M parameters.
 * @throws UserError where a weight is not a number: one such row would be the end of every text.
 */
export function loadAdapter(adapter: Adapter, config: Gpt2Config): LoadedAdapter {
  refuseWhatIsNoNumber(adapter, config);
  return {
    rank: adapter.r,
    get layers() {
      return readLayers(adapter, config);
    },
  };
}

function refuseWhatIsNoNumber({ weights, folder }: Adapter, config: Gpt2Config): void {
  const names = linearLayers(config).flatMap(({ name }) => [`${name}.lora_A.weight`, `${name}.lora_B.weight`]);
  readingTensors(weights, (read) => {
    for (const name of names) {
      if (!weights.tensors.has(name) || areNumbers(read(name))) continue;
      throw new UserError(
        `${path.join(folder, ADAPTER_WEIGHTS)}: expected numbers, found ${name} with some that are not`,
        {
          hint: 'Train the adapter again, or go back to the one before it.',
        },
      );
    }
  });
}

/** A batch waits for it each time that it begins to use an adapter. */
function readLayers(adapter: Adapter, config: Gpt2Config): Layers {
  const { r: rank, scale, weights } = adapter;
  return readingTensors(weights, (read) => {
    const layers = linearLayers(config).flatMap((layer): [string, { a: Float32Array; b: Float32Array }][] => {
      if (!pairBeside(adapter, layer.name)) return [];
      const a = transposed(read(`${layer.name}.lora_A.weight`), rank, layer.in);
      const b = transposed(read(`${layer.name}.lora_B.weight`), layer.out, rank, scale * ADAPTER_GAIN);
      return [[layer.name, { a, b }]];
    });
    return new Map(layers);
  });
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
  /** For each layer, in the order of `linearLayers`: [blocks, in, 16] and [16 · blocks, out]. */
  readonly matrices: readonly { readonly a: Float32Array; readonly b: Float32Array }[];
  /** Changes when what stands in the matrices does. */
  readonly version: number;
  /** The first of an adapter's blocks, among those. */
  blockOf(adapter: LoadedAdapter): number;
}

const FEWEST_BLOCKS = 4;

export class AdapterStack {
  readonly #layers: readonly LoraModule[];
  #matrices: readonly { readonly a: Float32Array; readonly b: Float32Array }[];
  /** The first block of each adapter, least recently used first. */
  readonly #at = new Map<LoadedAdapter, number>();
  #capacity = FEWEST_BLOCKS;
  #version = 0;

  constructor(config: Gpt2Config) {
    this.#layers = linearLayers(config);
    this.#matrices = this.#allocate();
  }

  /** Where they stand until the next call; those that were not there yet are copied in. */
  place(adapters: Iterable<LoadedAdapter>): Placed {
    const wanted = new Set(adapters);
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
    return {
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
  }

  #copyIn(adapter: LoadedAdapter, wanted: ReadonlySet<LoadedAdapter>): number {
    const blocks = blocksOf(adapter);
    const { layers } = adapter;
    const at = this.#makeRoom(blocks, wanted);
    this.#version++;
    for (const [index, { a, b }] of this.#matrices.entries()) {
      const { name, in: rows, out } = this.#layers[index]!;
      const own = layers.get(name);
      a.fill(0, at * ADAPTER_BLOCK * rows, (at + blocks) * ADAPTER_BLOCK * rows);
      b.fill(0, at * ADAPTER_BLOCK * out, (at + blocks) * ADAPTER_BLOCK * out);
      if (!own) continue;
      b.set(own.b, at * ADAPTER_BLOCK * out);
      for (let block = 0; block * ADAPTER_BLOCK < adapter.rank; block++) {
        const columns = Math.min(ADAPTER_BLOCK, adapter.rank - block * ADAPTER_BLOCK);
        for (let row = 0; row < rows; row++) {
          const to = ((at + block) * rows + row) * ADAPTER_BLOCK;
          const from = row * adapter.rank + block * ADAPTER_BLOCK;
          for (let column = 0; column < columns; column++) a[to + column] = own.a[from + column]!;
        }
      }
    }
    return at;
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
