/**
 * A cache of keys and values that stays in the memory of a GPU. Steps write into it in place; rows that come, go or grow are
 * only noted, and moved together on the GPU before the next step.
 */
import type * as ort from 'onnxruntime-node';
import type { Gpt2Config } from './gpt2-config.ts';
import { tensorOf } from './graph-feeds.ts';
import { cachedHeadSize } from './inference-graph.ts';
import type { CacheRoom, KeyValueCache } from './key-value-cache.ts';
import type { MoveRows } from './move-rows.ts';

/** Rows that lie together: for each layer its keys and its values, [rows, heads, capacity, head size]. */
export class Block {
  readonly tensors: readonly ort.Tensor[];
  /** Rows of caches that are kept here. */
  #users = 0;

  constructor(tensors: readonly ort.Tensor[]) {
    this.tensors = tensors;
  }

  get rows(): number {
    return this.tensors[0]!.dims[0]!;
  }

  get capacity(): number {
    return this.tensors[0]!.dims[2]!;
  }

  get users(): number {
    return this.#users;
  }

  use(): void {
    this.#users++;
  }

  /** What nobody uses any more is let go at once: the collector of garbage does not see how large it is. */
  leave(): void {
    if (--this.#users === 0) for (const tensor of this.tensors) tensor.dispose();
  }
}

interface Row {
  readonly block: Block;
  /** In the block. */
  readonly at: number;
}

export class DeviceCache implements KeyValueCache {
  readonly lengths: number[] = [];
  readonly places: number;
  readonly #config: Gpt2Config;
  readonly #move: MoveRows;
  /** Nothing for a row that holds nothing. */
  readonly #rows: (Row | undefined)[] = [];
  #capacity: number;

  constructor(config: Gpt2Config, move: MoveRows, { places, capacity }: CacheRoom) {
    this.#config = config;
    this.#move = move;
    this.places = places;
    this.#capacity = capacity;
  }

  get rows(): number {
    return this.#rows.length;
  }

  get capacity(): number {
    return this.#capacity;
  }

  get shape(): readonly [number, number, number, number] {
    return [this.rows, this.#config.n_head, this.#capacity, cachedHeadSize(this.#config)];
  }

  get bytes(): number {
    const floats = this.shape.reduce((size, dimension) => size * dimension, 2 * this.#config.n_layer);
    return Float32Array.BYTES_PER_ELEMENT * floats;
  }

  addEmpty(): void {
    this.#push(undefined, 0);
  }

  add(source: KeyValueCache, row: number): void {
    if (!(source instanceof DeviceCache)) throw new Error('Rows of another device cannot be copied');
    this.#push(source.#rows[row], source.lengths[row]!);
  }

  drop(row: number): void {
    this.#rows[row]?.block.leave();
    const [last, length] = [this.#rows.pop(), this.lengths.pop()!];
    if (row === this.#rows.length) return;
    this.#rows[row] = last;
    this.lengths[row] = length;
  }

  resize(capacity: number): void {
    if (this.lengths.some((length) => length > capacity)) {
      throw new Error(`A row of ${capacity} tokens cannot hold ${Math.max(...this.lengths)}`);
    }
    this.#capacity = capacity;
  }

  release(): void {
    while (this.#rows.length > 0) this.drop(this.#rows.length - 1);
  }

  /** All rows in their order, in one block that no other cache uses: a step may write into it. */
  async block(): Promise<Block> {
    const isThere = this.#rows.every((row, index) => row?.at === index && row.block === this.#rows[0]?.block);
    const [first] = this.#rows;
    if (first && isThere && first.block.capacity === this.#capacity && first.block.users === this.rows)
      return first.block;

    const [blocks, order] = this.#parts();
    const moved = new Block(await this.#move(blocks, order, this.#capacity));
    for (const [row, before] of this.#rows.entries()) {
      moved.use();
      this.#rows[row] = { block: moved, at: row };
      before?.block.leave();
    }
    return moved;
  }

  /** Its rows hold so many tokens more now, each its own number. */
  grow(added: readonly number[]): void {
    for (const [row, count] of added.entries()) this.lengths[row]! += count;
  }

  /** What the rows lie in, and where in all of that each of them is. */
  #parts(): readonly [parts: readonly (readonly ort.Tensor[])[], order: readonly number[]] {
    const blocks = [...new Set(this.#rows.flatMap((row) => row?.block ?? []))];
    const begins = new Map<Block | undefined, number>();
    let rows = 0;
    for (const block of blocks) {
      begins.set(block, rows);
      rows += block.rows;
    }
    begins.set(undefined, rows);
    const order = this.#rows.map((row) => begins.get(row?.block)! + (row?.at ?? 0));
    const parts = blocks.map(({ tensors }) => tensors);
    return [order.includes(rows) ? [...parts, this.#emptyRow()] : parts, order];
  }

  #emptyRow(): readonly ort.Tensor[] {
    const shape = [1, this.#config.n_head, 1, cachedHeadSize(this.#config)];
    const zeros = tensorOf(new Float32Array(shape[1]! * shape[3]!), shape);
    return new Array<ort.Tensor>(2 * this.#config.n_layer).fill(zeros);
  }

  #push(row: Row | undefined, length: number): void {
    if (this.rows === this.places) throw new Error(`A cache of ${this.places} rows cannot hold more`);
    if (length > this.#capacity) throw new Error(`A row of ${this.#capacity} tokens cannot hold ${length}`);
    row?.block.use();
    this.#rows.push(row);
    this.lengths.push(length);
  }
}
