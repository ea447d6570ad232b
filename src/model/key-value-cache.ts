/** What attention remembers of several rows of tokens: one buffer a layer and part, allocated once and moved in place. */
import type { Gpt2Config } from './gpt2-config.ts';
import { paddedHeadSize } from './inference-graph.ts';

export class KeyValueCache {
  /** Tokens that every row can hold. */
  readonly capacity: number;
  /** Keys and values of layer 0, then of layer 1, and so on, each [rows, heads, capacity, head size]. */
  readonly buffers: readonly Float32Array[];
  /** Tokens that each row holds. */
  readonly lengths: number[];
  /** Of one buffer: heads, capacity, head size. */
  readonly rowShape: readonly [number, number, number];

  constructor(config: Gpt2Config, rows: number, capacity: number) {
    this.capacity = capacity;
    this.lengths = new Array(rows).fill(0);
    this.rowShape = [config.n_head, capacity, paddedHeadSize(config)];
    const size = rows * this.rowSize;
    this.buffers = Array.from({ length: 2 * config.n_layer }, () => new Float32Array(size));
  }

  get rows(): number {
    return this.lengths.length;
  }

  get rowSize(): number {
    const [heads, capacity, headSize] = this.rowShape;
    return heads * capacity * headSize;
  }

  /** Copies the only row of `source`, which has the same capacity, into every row. */
  fillFrom(source: KeyValueCache): void {
    this.lengths.fill(source.lengths[0] ?? 0);
    this.buffers.forEach((buffer, index) => {
      const row = source.buffers[index]!.subarray(0, this.rowSize);
      for (let at = 0; at < this.rows; at++) buffer.set(row, at * this.rowSize);
    });
  }

  /** The last row takes the place of a row that is no longer wanted. */
  drop(row: number): void {
    const last = this.rows - 1;
    for (const buffer of this.buffers) {
      if (row !== last) buffer.copyWithin(row * this.rowSize, last * this.rowSize, (last + 1) * this.rowSize);
    }
    this.lengths[row] = this.lengths[last]!;
    this.lengths.length = last;
  }
}
