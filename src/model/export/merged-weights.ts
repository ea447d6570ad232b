/** A model's parameters as they are written out: an adapter is added into the layers that it stands beside. */
import { UserError } from '../../errors.ts';
import type { ModelFolder } from '../model-folder.ts';
import { type Adapter, pairBeside } from '../peft.ts';
import { readTensor } from '../safetensors.ts';

/** The greatest number that binary16 has. */
const LARGEST_HALF = 65_504;

/** A parameter's values, row-major. @throws UserError, naming the tensor, where one is no number or too large for `dtype`. */
export function mergedWeight({ weights, adapter }: ModelFolder, name: string, dtype: 'F32' | 'F16'): Float32Array {
  const values = readTensor(weights, name);
  const layer = name.replace(/\.weight$/, '');
  if (adapter && pairBeside(adapter, layer)) addProduct(values, adapter, layer);

  const limit = dtype === 'F16' ? LARGEST_HALF : Number.MAX_VALUE;
  const bad = values.find((value) => !(Math.abs(value) <= limit));
  if (bad === undefined) return values;
  if (Number.isFinite(bad)) {
    throw new UserError(`${weights.file}: expected ${name} within ±${LARGEST_HALF} for f16, found ${bad}`, {
      hint: 'Export it with --dtype f32.',
    });
  }
  throw new UserError(`${weights.file}: expected numbers in ${name}, found ${bad}`, {
    hint: 'The model is broken: take an earlier one, or train it again.',
  });
}

/** W[in, out] += scale · (B[out, r] · A[r, in])ᵀ */
function addProduct(values: Float32Array, { weights, scale, r }: Adapter, layer: string): void {
  const a = readTensor(weights, `${layer}.lora_A.weight`);
  const b = readTensor(weights, `${layer}.lora_B.weight`);
  const [inputs, outputs] = [a.length / r, b.length / r];
  for (let input = 0; input < inputs; input++) {
    for (let output = 0; output < outputs; output++) {
      let sum = 0;
      for (let rank = 0; rank < r; rank++) sum += a[rank * inputs + input]! * b[output * r + rank]!;
      values[input * outputs + output]! += scale * sum;
    }
  }
}
