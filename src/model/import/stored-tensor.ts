/** The contract between files of weights, whatever program wrote them, and the model that is made from them. */
import { UserError } from '../../errors.ts';

/** As safetensors names them. */
export type ElementType = 'F32' | 'F16' | 'BF16' | 'F64' | 'other';

export interface StoredTensor {
  /** As the file has it, for messages. */
  readonly name: string;
  /** `other`: integers and the like, of which masks are made. */
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** Its elements, little-endian, row-major, without gaps; in memory as long as the caller holds them. */
  read(): Promise<Uint8Array>;
}

export interface Checkpoint {
  /** What wrote it, for people: `PyTorch`. */
  readonly format: string;
  /** The file or folder, for messages. */
  readonly file: string;
  /** By the names of GPT-2's parameters in the Hugging Face layout, without `transformer.` */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  close(): void;
}

export const BYTES_OF: Readonly<Record<ElementType, number>> = { F32: 4, F16: 2, BF16: 2, F64: 8, other: 0 };

export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** What wrapping a model for training puts before its names; then the model in a GPT-2 with a head. */
const WRAPPED = /^(?:(?:module|model|_orig_mod|base_model\.model)\.)*(?:transformer\.)?/;

/** `transformer.h.0.ln_1.weight`, also under what wrappers add, as `h.0.ln_1.weight`. */
export function parameterName(name: string): string {
  return name.replace(WRAPPED, '');
}

/** By parameter name. @throws UserError where two names mean one parameter. */
export function byParameterName(file: string, tensors: Iterable<StoredTensor>): ReadonlyMap<string, StoredTensor> {
  const named = new Map<string, StoredTensor>();
  for (const tensor of tensors) {
    const name = parameterName(tensor.name);
    const other = named.get(name);
    if (other) throw unusable(file, `one tensor ${name}`, `${other.name} and ${tensor.name}`);
    named.set(name, tensor);
  }
  return named;
}

/** Where values are no finite number: the index of the first in the tensor, else -1. */
export function firstNonFinite(bytes: Uint8Array, dtype: ElementType): number {
  // A float is infinite or no number where all bits of its exponent are set.
  const [words, exponent] =
    dtype === 'F32'
      ? [new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), 0x7f800000]
      : [new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2), dtype === 'F16' ? 0x7c00 : 0x7f80];
  for (let at = 0; at < words.length; at++) if ((words[at]! & exponent) === exponent) return at;
  return -1;
}

export function unusable(file: string, expected: string, found: string, cause?: unknown): UserError {
  // What stands in a file may hold anything, also what moves a terminal's cursor.
  const message = `${file}: expected ${expected}, found ${found}`.replace(/\p{Cc}+/gu, ' ');
  return new UserError(message, {
    hint: 'Copy or download it again, or save it once more where it was trained.',
    cause,
  });
}
