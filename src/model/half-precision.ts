/** Sixteen-bit floats as safetensors stores them, to and from 32 bits. (Float16Array exists only from Node 24 on.) */

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** The value of IEEE 754 binary16 bits. */
export function fromFloat16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The binary16 bits nearest to a value, ties to even; what is too large becomes infinite. */
export function toFloat16(value: number): number {
  float[0] = value;
  const bits = word[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | roundHalfToEven(Math.abs(value) * 2 ** 24);
  // The exponent is rebiased from 127 to 15; a carry out of the fraction runs into it, as it should.
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >>> 13);
}

/** The value of bfloat16 bits: the upper half of a 32-bit float. */
export function fromBfloat16(bits: number): number {
  word[0] = bits << 16;
  return float[0]!;
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
