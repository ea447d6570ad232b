import assert from 'node:assert/strict';
import { test } from 'node:test';
import { warmupThenCosine } from '../../../src/training/optimizer/learning-rate.ts';

const SCHEDULE = { peak: 0.002, floor: 0.1, warmupSteps: 4, steps: 24 };
const rate = (step: number, changed: Partial<typeof SCHEDULE> = {}) =>
  warmupThenCosine({ ...SCHEDULE, ...changed }, step);

function near(actual: number, expected: number) {
  assert.ok(Math.abs(actual - expected) < 1e-15, `${actual}, not ${expected}`);
}

test('the rate rises in equal parts to the peak', () => {
  for (const [step, expected] of [
    [1, 0.0005],
    [2, 0.001],
    [3, 0.0015],
    [4, 0.002],
  ] as const) {
    near(rate(step), expected);
  }
});

test('from the peak it falls along half a cosine to the floor’s share of it', () => {
  const [peak, floor] = [0.002, 0.0002];

  near(rate(9), floor + (peak - floor) * (0.5 + Math.SQRT1_2 / 2)); // a quarter of the way: cos 45°
  near(rate(14), (peak + floor) / 2);
  near(rate(19), floor + (peak - floor) * (0.5 - Math.SQRT1_2 / 2));
  near(rate(24), floor);
  for (let step = 5; step <= 24; step++) assert.ok(rate(step) < rate(step - 1), `step ${step}`);
});

test('after its last step it stays at the floor', () => {
  near(rate(25), 0.0002);
  near(rate(1000), 0.0002);
});

test('without a warm-up it falls from the first step, and where all is warm-up it ends at the peak', () => {
  near(rate(1, { warmupSteps: 0, steps: 2 }), (0.002 + 0.0002) / 2);
  near(rate(24, { warmupSteps: 24 }), 0.002);
});
