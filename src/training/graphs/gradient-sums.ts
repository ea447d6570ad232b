/** The sums of what moves' gradients over the micro-batches of a step. */
import * as ort from 'onnxruntime-node';

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
  /** Where gradients are written that are to be added; as large as those of one run. */
  #aside = new Float32Array();
  readonly #addends = new Map<string, Float32Array>();

  /** @param values where the sums lie; what stands there counts nothing. */
  constructor(values: ReadonlyMap<string, Float32Array>) {
    this.values = values;
  }

  /** Where a graph is to write its gradients: the first of a part into its sum, the others beside it. */
  targets(gradients: ReadonlyMap<string, GradientPart>): Record<string, ort.Tensor> {
    const later = [...gradients.values()].filter((part) => this.#begun.has(keyOf(part)));
    const size = later.reduce((total, part) => total + this.#of(part).length, 0);
    if (this.#aside.length < size) this.#aside = new Float32Array(size);
    let used = 0;
    const target = (part: GradientPart): Float32Array => {
      const sum = this.#of(part);
      if (!this.#begun.has(keyOf(part))) return sum;
      const addend = this.#aside.subarray(used, used + sum.length);
      used += sum.length;
      this.#addends.set(keyOf(part), addend);
      return addend;
    };
    return Object.fromEntries(
      [...gradients].map(([output, part]) => [output, new ort.Tensor('float32', target(part), part.dims)]),
    );
  }

  /** Adds what a graph has written into the targets. */
  take(gradients: ReadonlyMap<string, GradientPart>): void {
    for (const part of gradients.values()) {
      const addend = this.#addends.get(keyOf(part));
      const sum = this.#of(part);
      if (addend) for (let i = 0; i < sum.length; i++) sum[i]! += addend[i]!;
      this.#begun.add(keyOf(part));
    }
    this.#addends.clear();
  }

  /** The sums themselves, for a graph that adds its gradients to them: zeros where nothing was added in this step yet. */
  begun(gradients: ReadonlyMap<string, GradientPart>): Record<string, ort.Tensor> {
    const tensors: Record<string, ort.Tensor> = {};
    for (const [output, part] of gradients) {
      const sum = this.#of(part);
      if (!this.#begun.has(keyOf(part))) sum.fill(0);
      this.#begun.add(keyOf(part));
      tensors[output] = new ort.Tensor('float32', sum, part.dims);
    }
    return tensors;
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
