/** What attention remembers of several rows of tokens: buffers that are allocated once and never copied whole. */
import type { Gpt2Config } from './gpt2-config.ts';

export class KeyValueCache {
  /** Tokens that every row can hold. */
  readonly capacity: number;
  /** Keys and values of layer 0, then of layer 1, and so on, each [rows, heads, capacity, head size]. */
  readonly buffers: readonly Float32Array[];
  /** Tokens that each row holds. */
  readonly lengths: number[];
  readonly #heads: number;
  readonly #headSize: number;

  constructor({ n_layer, n_head, n_embd }: Gpt2Config, rows: number, capacity: number) {
    this.capacity = capacity;
    this.lengths = new Array(rows).fill(0);
    this.#heads = n_head;
    this.#headSize = n_embd / n_head;
    this.buffers = Array.from({ length: 2 * n_layer }, () => new Float32Array(rows * this.#rowSize));
  }

  get rows(): number {
    return this.lengths.length;
  }

  get #rowSize(): number {
    return this.#heads * this.capacity * this.#headSize;
  }

  /**
   * Takes each layer's new keys and values, [rows, heads, longest, head size], in the order of `buffers`, of which each row
   * keeps its own number of tokens.
   */
  append(added: readonly Float32Array[], tokens: readonly number[], longest: number): void {
    const size = this.#headSize;
    if (this.lengths.some((length, row) => length + tokens[row]! > this.capacity)) {
      throw new Error(`A row of ${this.capacity} tokens cannot hold more than these`);
    }
    for (const [index, buffer] of this.buffers.entries()) {
      const source = added[index]!;
      for (let head = 0; head < this.rows * this.#heads; head++) {
        const row = Math.floor(head / this.#heads);
        const begin = head * longest * size;
        const at = (head * this.capacity + this.lengths[row]!) * size;
        buffer.set(source.subarray(begin, begin + tokens[row]! * size), at);
      }
    }
    tokens.forEach((count, row) => {
      this.lengths[row]! += count;
    });
  }

  /** Copies the only row of `source`, which has the same capacity, into every row. */
  fillFrom(source: KeyValueCache): void {
    this.lengths.fill(source.lengths[0]!);
    for (const [index, buffer] of this.buffers.entries()) {
      for (let row = 0; row < this.rows; row++) buffer.set(source.buffers[index]!, row * this.#rowSize);
    }
  }

  /** The last row takes the place of a row that is no longer wanted. */
  drop(row: number): void {
    const last = this.rows - 1;
    for (const buffer of this.buffers) {
      if (row !== last) buffer.copyWithin(row * this.#rowSize, last * this.#rowSize, (last + 1) * this.#rowSize);
    }
    this.lengths[row] = this.lengths[last]!;
    this.lengths.length = last;
  }

  /** The shape of every buffer, without the rows that were dropped. */
  get shape(): readonly [number, number, number, number] {
    return [this.rows, this.#heads, this.capacity, this.#headSize];
  }
}
