import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smoothing } from '../../../src/training/report/smoothed-loss.ts';

test('the smoothed loss begins at the first one, and follows slowly', () => {
  const smoothed = smoothing(0.1);

  const [first, second] = [4, 2].map(smoothed);

  assert.equal(first, 4);
  assert.ok(Math.abs(second! - (0.9 * 4 + 2) / 1.9) < 1e-12);
});
