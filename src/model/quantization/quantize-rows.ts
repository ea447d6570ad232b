/**
 * Rounding to the nearest of 2^bits values, a block of 32 to 256 columns at a time. Of a block of values x:
 *
 *   symmetric:  scale = m / -2^(bits - 1), where m is the value that is farthest from 0;  zero = 2^(bits - 1)
 *   else:       scale = (max(x, 0) - min(x, 0)) / (2^bits - 1);                           zero = round(-min(x, 0) / scale)
 *   code = clamp(round(x / scale) + zero, 0, 2^bits - 1), which stands for (code - zero) · scale
 *
 * A symmetric block uses all codes, and its farthest value is exact, for which its scale may be negative. Halves are rounded up.
 */
import { type Bits, type Block, blockBytes, blocksIn } from './quantization.ts';

export interface QuantizedRows {
  /** [rows, blocks, block · bits / 8]: of two codes of 4 bits in a byte, the first is the lower half. What fills the last block stands for 0. */
  readonly codes: Uint8Array;
  /** [rows, blocks] */
  readonly scales: Float32Array;
  /** [rows, ⌈blocks · bits / 8⌉], packed like the codes; none where all are 2^(bits - 1). */
  readonly zeroPoints?: Uint8Array;
}

export interface RowsToQuantize {
  /** Row-major. */
  readonly values: Float32Array;
  readonly columns: number;
  readonly bits: Bits;
  readonly symmetric: boolean;
  /** Columns that have a scale together. */
  readonly block: Block;
}

/** The smallest float that has all its digits: with fewer, zero points would lie outside of the codes. */
const LEAST_SCALE = 2 ** -126;

/** @throws Error where a value is not finite: there is no scale for it. */
export function quantizeRows({ values, columns, bits, symmetric, block }: RowsToQuantize): QuantizedRows {
  const rows = values.length / columns;
  const blocks = blocksIn({ columns, block });
  const stride = blockBytes({ bits, block });
  const pointStride = Math.ceil((blocks * bits) / 8);
  const codes = new Uint8Array(rows * blocks * stride);
  const scales = new Float32Array(rows * blocks);
  const zeroPoints = symmetric ? undefined : new Uint8Array(rows * pointStride);
  const [most, middle] = [2 ** bits - 1, 2 ** (bits - 1)];

  for (let row = 0; row < rows; row++) {
    for (let index = 0; index < blocks; index++) {
      const begin = row * columns + index * block;
      const end = row * columns + Math.min(columns, (index + 1) * block);
      const [least, largest] = range(values, begin, end);
      const farthest = largest > -least ? largest : least;
      // As it is stored: codes are chosen for the scale that they will be multiplied by.
      const step = Math.fround(symmetric ? farthest / -middle : (largest - least) / most);
      const scale = Math.abs(step) < LEAST_SCALE ? 0 : step;
      const zero = symmetric || scale === 0 ? middle : Math.round(-least / scale);
      scales[row * blocks + index] = scale;
      if (zeroPoints) putCode(zeroPoints, row * pointStride, index, zero, bits);
      for (let at = 0; at < block; at++) {
        const value = begin + at < end ? values[begin + at]! : 0;
        const code = scale === 0 ? zero : Math.min(most, Math.max(0, Math.round(value / scale) + zero));
        putCode(codes, (row * blocks + index) * stride, at, code, bits);
      }
    }
  }
  return { codes, scales, ...(zeroPoints && { zeroPoints }) };
}

/** The least and the largest of some values and 0. */
function range(values: Float32Array, begin: number, end: number): [number, number] {
  let [least, largest] = [0, 0];
  for (let at = begin; at < end; at++) {
    const value = values[at]!;
    if (!Number.isFinite(value)) throw new Error(`A value is ${value}`);
    if (value < least) least = value;
    if (value > largest) largest = value;
  }
  return [least, largest];
}

function putCode(bytes: Uint8Array, begin: number, at: number, code: number, bits: Bits): void {
  if (bits === 8) bytes[begin + at] = code;
  else bytes[begin + (at >> 1)]! |= at & 1 ? code << 4 : code;
}

/** What the codes of rows stand for, row-major. */
export function dequantizeRows(
  { codes, scales, zeroPoints }: QuantizedRows,
  { columns, bits, block }: Omit<RowsToQuantize, 'values' | 'symmetric'>,
): Float32Array {
  const blocks = blocksIn({ columns, block });
  const stride = blockBytes({ bits, block });
  const rows = scales.length / blocks;
  const pointStride = Math.ceil((blocks * bits) / 8);
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const index = Math.floor(column / block);
      const scale = scales[row * blocks + index]!;
      const zero = zeroPoints ? codeAt(zeroPoints, row * pointStride, index, bits) : 2 ** (bits - 1);
      const code = codeAt(codes, (row * blocks + index) * stride, column % block, bits);
      values[row * columns + column] = (code - zero) * scale;
    }
  }
  return values;
}

function codeAt(bytes: Uint8Array, begin: number, at: number, bits: Bits): number {
  if (bits === 8) return bytes[begin + at]!;
  return (bytes[begin + (at >> 1)]! >> (at & 1 ? 4 : 0)) & 15;
}
