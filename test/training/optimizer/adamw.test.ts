import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal, randomFrom } from '../../../src/random.ts';
import { moveByAdamW, sumOfSquares } from '../../../src/training/optimizer/adamw.ts';
import { TILE } from '../../../src/training/optimizer/adamw-kernel.ts';

const STEP = {
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  step: 3,
  learningRate: 0.01,
  gradientScale: 0.5,
};

function tensors(length: number) {
  const random = randomFrom(length);
  const draw = () => Float32Array.from({ length }, () => normal(random));
  return { parameter: draw(), gradient: draw(), mean: draw(), variance: draw().map(Math.abs) };
}

for (const length of [0, 1, 6, TILE, 2 * TILE + 3]) {
  for (const decays of [true, false]) {
    test(`${length} floats move as AdamW's formula says, ${decays ? 'with' : 'without'} decay`, () => {
      const moving = tensors(length);
      const before = { parameter: [...moving.parameter], mean: [...moving.mean], variance: [...moving.variance] };

      moveByAdamW({ ...moving, decays }, STEP);

      for (let i = 0; i < length; i++) {
        const gradient = 0.5 * moving.gradient[i]!;
        const mean = 0.9 * before.mean[i]! + 0.1 * gradient;
        const variance = 0.95 * before.variance[i]! + 0.05 * gradient ** 2;
        const step = mean / (1 - 0.9 ** 3) / (Math.sqrt(variance / (1 - 0.95 ** 3)) + 1e-8);
        const parameter = before.parameter[i]! * (decays ? 1 - 0.01 * 0.1 : 1) - 0.01 * step;
        for (const [actual, expected] of [
          [moving.mean[i]!, mean],
          [moving.variance[i]!, variance],
          [moving.parameter[i]!, parameter],
        ] as const) {
          assert.ok(
            Math.abs(actual - expected) <= 1e-5 * Math.max(1, Math.abs(expected)),
            `${actual}, not ${expected}`,
          );
        }
      }
    });
  }

  test(`the squares of ${length} floats are summed up, whatever the kernel held before`, () => {
    sumOfSquares(new Float32Array(TILE).fill(1e3));
    const { gradient } = tensors(length);

    const sum = sumOfSquares(gradient);

    const expected = gradient.reduce((total, value) => total + value * value, 0);
    assert.ok(Math.abs(sum - expected) <= 1e-5 * expected, `${sum}, not ${expected}`);
  });
}
