/**
 * AdamW's arithmetic on four floats at once: a WebAssembly module of two functions, put together here because JavaScript
 * has no vectors, and its square roots and divisions of doubles took a fifth of a training step.
 * Encoding: https://webassembly.github.io/spec/core/binary
 */

/** What is used of it here: Node has it, its types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

/** Floats of each tensor that are worked on at once: four tensors of them stay in a core's cache. */
export const TILE = 8_192;

const TENSORS = ['parameter', 'gradient', 'mean', 'variance'] as const;
type Tensor = (typeof TENSORS)[number];

export interface Constants {
  readonly gradientScale: number;
  readonly beta1: number;
  readonly beta2: number;
  /** The learning rate, corrected for a mean that began at 0. */
  readonly rate: number;
  /** What corrects a variance that began at 0. */
  readonly correction: number;
  readonly epsilon: number;
  /** What decay leaves of a parameter. */
  readonly kept: number;
}

export interface Kernel extends Readonly<Record<Tensor, Float32Array>> {
  /** Moves the first floats of parameter, mean and variance. */
  move(count: number, constants: Constants): void;
  /** Σ of the squares of the gradient's first floats. */
  squares(count: number): number;
}

export function instantiateKernel(): Kernel {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble()));
  const { memory, move, squares } = exports as unknown as {
    readonly memory: { readonly buffer: ArrayBuffer };
    move(bytes: number, ...constants: number[]): void;
    squares(bytes: number): number;
  };
  const tensor = (name: Tensor) => new Float32Array(memory.buffer, offsetOf(name), TILE);
  // Vectors are whole: what stands beyond the last float is computed on too, and read by nobody.
  const bytes = (count: number) => Math.ceil(count / 4) * VECTOR_BYTES;
  return {
    parameter: tensor('parameter'),
    gradient: tensor('gradient'),
    mean: tensor('mean'),
    variance: tensor('variance'),
    move(count, { gradientScale, beta1, beta2, rate, correction, epsilon, kept }) {
      move(bytes(count), gradientScale, beta1, 1 - beta1, beta2, 1 - beta2, rate, correction, epsilon, kept);
    },
    squares(count) {
      this.gradient.fill(0, count, Math.ceil(count / 4) * 4);
      return squares(bytes(count));
    },
  };
}

const VECTOR_BYTES = 16;
const PAGE_BYTES = 65_536;
const offsetOf = (name: Tensor) => TENSORS.indexOf(name) * TILE * Float32Array.BYTES_PER_ELEMENT;

type Code = readonly number[];

const [I32, F32, V128] = [0x7f, 0x7d, 0x7b];
const unsigned = (value: number): Code => (value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]);
const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const section = (id: number, items: readonly Code[]): Code => [id, ...vector([...vector(items)].map((byte) => [byte]))];
const text = (name: string): Code => vector([...name].map((letter) => [letter.charCodeAt(0)]));

const get = (local: number): Code => [0x20, ...unsigned(local)];
const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
const simd = (operation: number, ...operands: Code[]): Code => [...operands.flat(), 0xfd, ...unsigned(operation)];
const splat = (value: Code) => simd(0x13, value);
const sqrt = (a: Code) => simd(0xe3, a);
const add = (a: Code, b: Code) => simd(0xe4, a, b);
const sub = (a: Code, b: Code) => simd(0xe5, a, b);
const mul = (a: Code, b: Code) => simd(0xe6, a, b);
const div = (a: Code, b: Code) => simd(0xe7, a, b);
const lane = (index: number, value: Code): Code => [...value, 0xfd, 0x1f, index];
/** Four floats of a tensor, at the byte that a local holds. */
const load = (name: Tensor, at: number): Code => [...get(at), 0xfd, 0x00, 4, ...unsigned(offsetOf(name))];
const store = (name: Tensor, at: number, value: Code): Code => [
  ...[...get(at), ...value],
  ...[0xfd, 0x0b, 4, ...unsigned(offsetOf(name))],
];
/** `do { body; at += 16 } while (at < end)`; both are locals, and at is 0 when a function begins. */
const forVectors = (at: number, end: number, body: Code): Code => [
  ...[0x03, 0x40, ...body],
  ...set(at, [...get(at), 0x41, VECTOR_BYTES, 0x6a]),
  ...[...get(at), ...get(end), 0x48, 0x0d, 0x00, 0x0b],
];
const body = (locals: readonly (readonly [count: number, type: number])[], code: Code): Code => {
  const bytes = [...vector(locals), ...code, 0x0b];
  return [...unsigned(bytes.length), ...bytes];
};

function assemble(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [
      [0x60, ...vector([[I32], ...Array.from({ length: 9 }, () => [F32])]), 0], // move
      [0x60, ...vector([[I32]]), ...vector([[F32]])], // squares
    ]),
    ...section(3, [[0], [1]]),
    ...section(5, [[0, ...unsigned(Math.ceil((TENSORS.length * TILE * 4) / PAGE_BYTES))]]),
    ...section(7, [
      [...text('memory'), 2, 0],
      [...text('move'), 0, 0],
      [...text('squares'), 0, 1],
    ]),
    ...section(10, [moveBody(), squaresBody()]),
  ]);
}

function moveBody(): Code {
  const [end, at, gradient, mean, variance] = [0, 10, 20, 21, 22];
  const constants = Array.from({ length: 9 }, (_, index) => ({ scalar: 1 + index, splatted: 11 + index }));
  const [scale, beta1, rest1, beta2, rest2, rate, correction, epsilon, kept] = constants.map((c) =>
    get(c.splatted),
  ) as [...[Code, Code, Code, Code, Code, Code, Code, Code, Code]];
  const step = div(mul(rate, get(mean)), add(sqrt(mul(get(variance), correction)), epsilon));
  return body(
    [
      [1, I32],
      [12, V128],
    ],
    [
      ...constants.flatMap(({ scalar, splatted }) => set(splatted, splat(get(scalar)))),
      ...forVectors(at, end, [
        ...set(gradient, mul(load('gradient', at), scale)),
        ...set(mean, add(mul(load('mean', at), beta1), mul(get(gradient), rest1))),
        ...set(variance, add(mul(load('variance', at), beta2), mul(mul(get(gradient), get(gradient)), rest2))),
        ...store('mean', at, get(mean)),
        ...store('variance', at, get(variance)),
        ...store('parameter', at, sub(mul(load('parameter', at), kept), step)),
      ]),
    ],
  );
}

function squaresBody(): Code {
  const [end, at, sum, values] = [0, 1, 2, 3];
  const f32Add = 0x92;
  return body(
    [
      [1, I32],
      [2, V128],
    ],
    [
      ...forVectors(at, end, [
        ...set(values, load('gradient', at)),
        ...set(sum, add(get(sum), mul(get(values), get(values)))),
      ]),
      ...[...lane(0, get(sum)), ...lane(1, get(sum)), f32Add],
      ...[...lane(2, get(sum)), ...lane(3, get(sum)), f32Add, f32Add],
    ],
  );
}
