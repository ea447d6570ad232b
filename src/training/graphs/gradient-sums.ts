/** The sums of what moves' gradients over the micro-batches of a step. */
import * as ort from 'onnxruntime-node';
import { freeTensor } from './run-session.ts';

/** What one output of a graph is the gradient of. */
export interface GradientPart {
  readonly name: string;
  readonly dims: readonly number[];
  /** Its first element's place in the tensor of that name, of which it is a part. */
  readonly from?: number;
}

export class GradientSums {
  readonly values: ReadonlyMap<string, Float32Array>;
  /** Parts that hold a gradient of this step; the others hold the last step's, which the first gradient overwrites. */
  readonly #begun = new Set<string>();

  /** @param values where the sums lie; what stands there counts nothing. */
  constructor(values: ReadonlyMap<string, Float32Array>) {
    this.values = values;
  }

  /** Where a graph may write the first gradient of that part itself; nothing where one must be added. */
  target(part: GradientPart): ort.Tensor | undefined {
    return this.#begun.has(keyOf(part)) ? undefined : new ort.Tensor('float32', this.#of(part), part.dims);
  }

  /**
   * Takes an output of a graph: the gradient to add, or what was written to the target, of which onnxruntime-node 1.30
   * returns a copy. It is freed.
   */
  take(part: GradientPart, gradient: ort.Tensor): void {
    const sum = this.#of(part);
    if (this.#begun.has(keyOf(part))) {
      const addend = gradient.data as Float32Array;
      for (let i = 0; i < sum.length; i++) sum[i]! += addend[i]!;
    }
    this.#begun.add(keyOf(part));
    if ((gradient.data as Float32Array).buffer !== sum.buffer) freeTensor(gradient);
  }

  /** The whole sum of that name; all zeros where nothing was added to its first part yet. */
  begin(name: string): Float32Array {
    const sum = this.#of({ name, dims: [] });
    if (!this.#begun.has(keyOf({ name }))) sum.fill(0);
    this.#begun.add(keyOf({ name }));
    return sum;
  }

  clear(): void {
    this.#begun.clear();
  }

  #of({ name, dims, from = 0 }: GradientPart): Float32Array {
    const sum = this.values.get(name);
    if (!sum) throw new Error(`Nothing of the name ${name} moves`);
    return dims.length === 0 ? sum : sum.subarray(from, from + dims.reduce((size, dim) => size * dim, 1));
  }
}

const keyOf = ({ name, from = 0 }: Pick<GradientPart, 'name' | 'from'>) => `${name} ${from}`;
