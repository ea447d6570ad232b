/** The tensors of a model in few bits, one after another as they are read from the model's own file: no more than one matrix is in memory. */
import { UserError } from '../../errors.ts';
import { toFloat16 } from '../half-precision.ts';
import type { ModelFolder } from '../model-folder.ts';
import { readTensor, streamSafetensors, type TensorHeader } from '../safetensors.ts';
import { transposed } from '../transposed.ts';
import { codedMatrices, type Quantization, quantizedShapes, scalesOf, zeroPointsOf } from './quantization.ts';
import { quantizeRows } from './quantize-rows.ts';

/** Writes the file of weights of a model whose matrices are stored in codes. */
export async function writeQuantized(file: string, model: ModelFolder, quantization: Quantization): Promise<void> {
  const { config, weights } = model;
  const tensors = [...quantizedShapes(config, quantization)].map(
    ([name, { dtype, shape }]): TensorHeader => ({ name, dtype: dtype ?? floatType(model, name), shape }),
  );
  const parts = new Map<string, Uint8Array>();
  const matrices = codedMatrices(config, quantization);

  await streamSafetensors(file, tensors, async ({ name, dtype }) => {
    const part = parts.get(name);
    if (part) {
      parts.delete(name);
      return part;
    }
    const parameter = name.replace(/\.codes$/, '');
    const matrix = matrices.get(parameter);
    const values = readTensor(weights, parameter);
    if (!values.every(Number.isFinite)) {
      throw new UserError(
        `${model.folder}: expected numbers in every tensor, found some that are not in ${parameter}`,
        {
          hint: 'Its training went astray: take an earlier model',
        },
      );
    }
    if (!matrix) return bytesOf(dtype === 'F16' ? Uint16Array.from(values, toFloat16) : values);

    // Layers are stored as [in, out], tokens' vectors row by row.
    const rows = parameter.startsWith('h.') ? transposed(values, matrix.columns, matrix.rows) : values;
    const { columns, bits, block } = matrix;
    const made = quantizeRows({ values: rows, columns, bits, block, symmetric: quantization.symmetric });
    parts.set(scalesOf(parameter), bytesOf(made.scales));
    if (made.zeroPoints) parts.set(zeroPointsOf(parameter), made.zeroPoints);
    return made.codes;
  });
}

/** Writes the file of weights of a model in half precision. @throws UserError where a weight is too large for it. */
export async function writeHalved(file: string, { folder, weights }: ModelFolder): Promise<void> {
  const tensors = [...weights.tensors].map(([name, { shape }]): TensorHeader => ({ name, dtype: 'F16', shape }));
  await streamSafetensors(file, tensors, async ({ name }) => {
    const values = readTensor(weights, name);
    const halved = Uint16Array.from(values, toFloat16);
    if (halved.some((bits) => (bits & 0x7c00) === 0x7c00)) {
      throw new UserError(`${folder}: expected weights between -65504 and 65504, found others in ${name}`, {
        hint: 'Half precision holds no others: keep the model as it is',
      });
    }
    return bytesOf(halved);
  });
}

/** What is not stored in codes stays in the precision that it has. */
function floatType({ weights }: ModelFolder, name: string): 'F32' | 'F16' {
  return weights.tensors.get(name)?.dtype === 'F16' ? 'F16' : 'F32';
}

function bytesOf(values: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
