/** A cache of keys and values in this machine's own memory: buffers that are allocated once and never copied whole. */
import type { Gpt2Config } from './gpt2-config.ts';
import { cachedHeadSize } from './inference-graph.ts';
import type { CacheRoom, KeyValueCache } from './key-value-cache.ts';

export interface HostRoom {
  /** Whether a row and a token in each row more than are told can be written, which nobody looks at. */
  readonly hasRoomForFiller: boolean;
}

export class HostCache implements KeyValueCache {
  readonly lengths: number[];
  readonly places: number;
  readonly config: Gpt2Config;
  readonly #filler: number;
  #capacity: number;
  #buffers: readonly Float32Array[];

  /** A cache without rows. */
  constructor(
    config: Gpt2Config,
    { places, capacity }: CacheRoom,
    { hasRoomForFiller }: HostRoom = { hasRoomForFiller: false },
  ) {
    this.#filler = hasRoomForFiller ? 1 : 0;
    this.config = config;
    this.places = places;
    this.lengths = [];
    this.#capacity = capacity;
    this.#buffers = this.#allocate();
  }

  get rows(): number {
    return this.lengths.length;
  }

  get capacity(): number {
    return this.#capacity;
  }

  get bytes(): number {
    return this.#buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Keys and values of layer 0, then of layer 1, and so on, each [places, heads, capacity, head size]. */
  get buffers(): readonly Float32Array[] {
    return this.#buffers;
  }

  /** The shape of every buffer, without the places that are free. */
  get shape(): readonly [number, number, number, number] {
    return this.shapeOf(this.rows);
  }

  /** That of its first places, of which one more than have rows may be written over. */
  shapeOf(places: number): readonly [number, number, number, number] {
    return [places, this.config.n_head, this.#capacity + this.#filler, cachedHeadSize(this.config)];
  }

  addEmpty(): void {
    if (this.rows === this.places) throw new Error(`A cache of ${this.places} rows cannot hold more`);
    this.lengths.push(0);
  }

  add(source: KeyValueCache, row: number): void {
    if (!(source instanceof HostCache)) throw new Error('Rows of another device cannot be copied');
    const length = source.lengths[row]!;
    this.#expectRoom(length);
    this.addEmpty();
    this.lengths[this.rows - 1] = length;
    for (const [index, buffer] of this.#buffers.entries()) {
      copyHeads(source.buffers[index]!, row, source.shape, buffer, this.rows - 1, this.shape, length);
    }
  }

  /** Its rows hold so many tokens more now, each its own number: they were written into its buffers. */
  grow(added: readonly number[]): void {
    for (const [row, count] of added.entries()) {
      this.#expectRoom(this.lengths[row]! + count);
      this.lengths[row]! += count;
    }
  }

  /**
   * Takes what the graph makes of new tokens, [rows · longest, layers · 3 · heads · head size], of which each row keeps its own
   * number of tokens.
   */
  append(packed: Float32Array, tokens: readonly number[], longest: number): void {
    for (let row = 0; row < this.rows; row++) this.#expectRoom(this.lengths[row]! + tokens[row]!);
    const [, H, capacity, D] = this.shape;
    const layerSize = 3 * H * D;
    const stride = (this.#buffers.length / 2) * layerSize;
    for (let index = 0; index < this.#buffers.length; index++) {
      const buffer = this.#buffers[index]!;
      const part = (index >> 1) * layerSize + (1 + (index & 1)) * H * D; // behind the queries: keys, then values
      for (let row = 0; row < this.rows; row++) {
        for (let t = 0; t < tokens[row]!; t++) {
          const from = (row * longest + t) * stride + part;
          let to = (row * H * capacity + this.lengths[row]! + t) * D;
          for (let head = 0; head < H; head++, to += capacity * D) {
            for (let d = 0; d < D; d++) buffer[to + d] = packed[from + head * D + d]!;
          }
        }
      }
    }
    for (let row = 0; row < this.rows; row++) this.lengths[row]! += tokens[row]!;
  }

  drop(row: number): void {
    const last = this.rows - 1;
    if (row !== last) {
      for (const buffer of this.#buffers) {
        copyHeads(buffer, last, this.shape, buffer, row, this.shape, this.lengths[last]!);
      }
    }
    this.lengths[row] = this.lengths[last]!;
    this.lengths.length = last;
  }

  /** What rows hold moves into new buffers. */
  resize(capacity: number): void {
    if (capacity === this.#capacity) return;
    const [before, shape] = [this.#buffers, this.shape];
    this.#capacity = capacity;
    for (const length of this.lengths) this.#expectRoom(length);
    this.#buffers = this.#allocate();
    for (const [index, buffer] of this.#buffers.entries()) {
      for (let row = 0; row < this.rows; row++) {
        copyHeads(before[index]!, row, shape, buffer, row, this.shape, this.lengths[row]!);
      }
    }
  }

  release(): void {
    this.lengths.length = 0;
  }

  #allocate(): readonly Float32Array[] {
    const places = this.places + (this.places % 2) * this.#filler;
    const size = this.shapeOf(places).reduce((product, dimension) => product * dimension, 1);
    return Array.from({ length: 2 * this.config.n_layer }, () => new Float32Array(size));
  }

  #expectRoom(length: number): void {
    if (length > this.#capacity) throw new Error(`A row of ${this.#capacity} tokens cannot hold ${length}`);
  }
}

type Shape = HostCache['shape'];

function copyHeads(
  from: Float32Array,
  fromRow: number,
  [, H, fromCapacity, D]: Shape,
  to: Float32Array,
  toRow: number,
  [, , toCapacity]: Shape,
  length: number,
): void {
  for (let head = 0; head < H; head++) {
    const begin = (fromRow * H + head) * fromCapacity * D;
    to.set(from.subarray(begin, begin + length * D), (toRow * H + head) * toCapacity * D);
  }
}
