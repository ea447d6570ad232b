/** Moves a checkpoint's tensors into a file of ours, one after another: looked through for what is no number, never all in memory. */
import { UserError } from '../../errors.ts';
import { streamSafetensors } from '../safetensors.ts';
import { countOf, firstNonFinite, type StoredTensor } from './stored-tensor.ts';

export interface Writing {
  /** For messages. */
  readonly source: string;
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @param tensors by the names that they are to have. @throws UserError where a value is infinite or no number. */
export async function writeParameters(
  file: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  { source, onBytes, signal }: Writing,
): Promise<void> {
  let written = 0;
  await streamSafetensors(file, headersOf(tensors), async ({ name, dtype, shape }) => {
    signal?.throwIfAborted();
    const tensor = tensors.get(name)!;
    const bytes = narrowed(await tensor.read(), tensor);
    const at = firstNonFinite(bytes, dtype);
    if (at !== -1) throw nonFinite(source, tensor.name, indexIn(shape, at));
    onBytes?.((written += bytes.length));
    return bytes;
  });
}

/** Bytes that the tensors will take. */
export function bytesWritten(tensors: ReadonlyMap<string, StoredTensor>): number {
  return headersOf(tensors).reduce((sum, { dtype, shape }) => sum + countOf(shape) * (dtype === 'F32' ? 4 : 2), 0);
}

/** Every type stays as it is, but for doubles. */
function headersOf(tensors: ReadonlyMap<string, StoredTensor>) {
  return [...tensors].map(([name, { dtype, shape }]) => {
    if (dtype === 'other') throw new Error(`${name} is not of a type for weights`);
    const stored: 'F32' | 'F16' | 'BF16' = dtype === 'F64' ? 'F32' : dtype;
    return { name, shape, dtype: stored };
  });
}

function narrowed(bytes: Uint8Array, { dtype }: StoredTensor): Uint8Array {
  if (dtype !== 'F64') return bytes;
  const doubles = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
  return new Uint8Array(Float32Array.from(doubles).buffer);
}

function indexIn(shape: readonly number[], at: number): string {
  let rest = at;
  const index = shape.toReversed().map((size) => {
    const position = rest % size;
    rest = Math.floor(rest / size);
    return position;
  });
  return index.reverse().join();
}

function nonFinite(source: string, name: string, index: string): UserError {
  return new UserError(`${source}: expected numbers in every tensor, found NaN or infinity in ${name} at [${index}]`, {
    hint: 'Its training went astray: take an earlier checkpoint',
  });
}
