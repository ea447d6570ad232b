/** The sums of what moves' gradients over the micro-batches of a step. */
import * as ort from 'onnxruntime-node';
import { freeTensor } from './run-session.ts';

export class GradientSums {
  readonly values: ReadonlyMap<string, Float32Array>;
  /** Those that hold a gradient of this step; the others hold the last step's, which the first gradient overwrites. */
  readonly #begun = new Set<string>();

  constructor(sizes: ReadonlyMap<string, number>) {
    this.values = new Map([...sizes].map(([name, size]) => [name, new Float32Array(size)]));
  }

  /** Where a graph may write the first gradient of that name itself; nothing where one must be added. */
  target(name: string, dims: readonly number[]): ort.Tensor | undefined {
    return this.#begun.has(name) ? undefined : new ort.Tensor('float32', this.#of(name), dims);
  }

  /**
   * Takes an output of a graph: the gradient to add, or what was written to the target, of which onnxruntime-node 1.30
   * returns a copy. It is freed.
   */
  take(name: string, gradient: ort.Tensor): void {
    const sum = this.#of(name);
    if (this.#begun.has(name)) {
      const addend = gradient.data as Float32Array;
      for (let i = 0; i < sum.length; i++) sum[i]! += addend[i]!;
    }
    this.#begun.add(name);
    if ((gradient.data as Float32Array).buffer !== sum.buffer) freeTensor(gradient);
  }

  /** The sum itself, all zeros where nothing was added yet. */
  begin(name: string): Float32Array {
    const sum = this.#of(name);
    if (!this.#begun.has(name)) sum.fill(0);
    this.#begun.add(name);
    return sum;
  }

  clear(): void {
    this.#begun.clear();
  }

  #of(name: string): Float32Array {
    const sum = this.values.get(name);
    if (!sum) throw new Error(`Nothing of the name ${name} moves`);
    return sum;
  }
}
