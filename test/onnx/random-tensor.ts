import type { Tensor } from './interpreter.ts';
import type { Input } from './operator-cases.ts';

/** Rounded to single precision, so that both evaluators start from the same numbers. */
export function randomTensor({ shape, kind, below = 1 }: Input, seed: number): Tensor {
  const random = uniform(seed);
  const draw = {
    real: () => Math.fround(4 * random() - 2),
    positive: () => Math.fround(0.5 + 1.5 * random()),
    index: () => Math.floor((2 * random() - 1) * below),
    label: () => Math.floor(random() * below),
  }[kind];
  return { shape, data: Float64Array.from({ length: shape.reduce((product, size) => product * size, 1) }, draw) };
}

/** The largest difference, relative to the largest element; infinite where the shapes differ. */
export function largestError(actual: Tensor, expected: Tensor): number {
  if (actual.shape.join() !== expected.shape.join()) return Number.POSITIVE_INFINITY;
  const scale = expected.data.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-3);
  return actual.data.reduce((max, value, index) => {
    const error = Math.abs(value - expected.data[index]!) / scale;
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(max, error);
  }, 0);
}

/** Numbers in [0, 1): the minimal standard generator of Park and Miller (1988). */
function uniform(seed: number): () => number {
  let state = (seed * 16807) % 2147483647;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
