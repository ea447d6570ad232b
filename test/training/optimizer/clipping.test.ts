import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AdamW, moveByAdamW } from '../../../src/training/optimizer/adamw.ts';
import { sharedCopy, sharedZeros, startOptimizer } from '../../../src/training/optimizer/optimizer.ts';

const ADAMW: AdamW = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 };
const UPDATE = { step: 1, learningRate: 0.01, clipNorm: 1, weight: 1 };

/** Parameters that have not moved yet; the second only where there are two. */
function movingBy(...gradients: readonly (readonly number[])[]) {
  return gradients.map((gradient) => ({
    parameter: sharedCopy(new Float32Array(gradient.length).fill(1)),
    gradient: sharedCopy(Float32Array.from(gradient)),
    mean: sharedZeros(gradient.length),
    variance: sharedZeros(gradient.length),
    decays: true,
  }));
}

type Moving = ReturnType<typeof movingBy>;

async function updated(moving: Moving, update: Partial<typeof UPDATE> = {}) {
  const optimizer = startOptimizer(moving, ADAMW);
  const norm = await optimizer.update({ ...UPDATE, ...update });
  await optimizer.release();
  return { norm, moved: moving.map(({ parameter, mean, variance }) => ({ parameter, mean, variance })) };
}

/** One step along the gradient as it is. */
function unclipped(moving: Moving) {
  for (const tensors of moving) moveByAdamW(tensors, { ...ADAMW, step: 1, learningRate: 0.01, gradientScale: 1 });
  return moving.map(({ parameter, mean, variance }) => ({ parameter, mean, variance }));
}

function near(actual: ArrayLike<number>, expected: readonly number[]) {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, index) => {
    assert.ok(Math.abs(actual[index]! - value) < 1e-6, `${actual[index]}, not ${value}`);
  });
}

test('a gradient that is longer than it may be is made that long, all tensors alike, and its length before is told', async () => {
  const { norm, moved } = await updated(movingBy([2, 4], [4])); // √(4 + 16 + 16) = 6

  assert.ok(Math.abs(norm - 6) < 1e-6);
  near(moved[0]!.mean, [0.1 * (2 / 6), 0.1 * (4 / 6)]);
  near(moved[1]!.mean, [0.1 * (4 / 6)]);
  near(moved[1]!.variance, [0.05 * (4 / 6) ** 2]);
  assert.deepEqual(moved, unclipped(movingBy([2 * (1 / 6), 4 * (1 / 6)], [4 * (1 / 6)])));
});

test('a gradient that is shorter, or just as long as it may be, is left as it is', async () => {
  const short = await updated(movingBy([0.3, 0.4], [0]));
  const asLong = await updated(movingBy([3, 4], [0]), { clipNorm: 5 });

  assert.ok(Math.abs(short.norm - 0.5) < 1e-6);
  assert.deepEqual(short.moved, unclipped(movingBy([0.3, 0.4], [0])));
  assert.deepEqual(asLong.moved, unclipped(movingBy([3, 4], [0])));
});

test('what is clipped is the mean over what was accumulated, not the sum', async () => {
  const { norm, moved } = await updated(movingBy([3, 4]), { weight: 10 });

  assert.ok(Math.abs(norm - 0.5) < 1e-6);
  near(moved[0]!.mean, [0.03, 0.04]);
});

test('a gradient that is no number moves nothing', async () => {
  const { norm, moved } = await updated(movingBy([Number.NaN, 4]));

  assert.ok(Number.isNaN(norm));
  assert.deepEqual([...moved[0]!.parameter], [1, 1]);
});

test('on two threads one norm clips both halves', async () => {
  const length = 1_000_000;
  const gradient = Array.from({ length }, (_, index) => (index < length / 2 ? 3 : 4) / Math.sqrt(length / 2));

  const { norm, moved } = await updated(movingBy(gradient)); // √(9 + 16) = 5

  assert.ok(Math.abs(norm - 5) < 1e-3, `${norm}`);
  for (const index of [0, length - 1]) {
    const expected = 0.1 * (gradient[index]! / 5);
    assert.ok(Math.abs(moved[0]!.mean[index]! / expected - 1) < 1e-3);
  }
});
