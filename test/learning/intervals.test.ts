import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { upperBound, wilson } from '../../src/learning/intervals.ts';

const near = (value: number, expected: number) =>
  assert.ok(Math.abs(value - expected) < 5e-4, `${value} is not ${expected}`);

test('Wilson: 40 of 200 lie between 15.0 and 26.1 %', () => {
  const { value, low, high } = wilson(40, 200);

  assert.equal(value, 0.2);
  near(low, 0.1504);
  near(high, 0.2609);
});

test('of nothing, nothing is known', () => {
  assert.deepEqual(wilson(0, 0), { count: 0, of: 0, value: null, low: 0, high: 1 });
  assert.equal(upperBound(0, 0), 1);
});

test('Clopper and Pearson: none wrong of 58 may still be more than 5 %, of 59 not', () => {
  assert.ok(upperBound(0, 58) > 0.05);
  assert.ok(upperBound(0, 59) <= 0.05);
  near(upperBound(1, 93), 0.04997);
  near(upperBound(5, 100), 0.1023);
  assert.equal(upperBound(7, 7), 1);
});

test('intervals hold the share, and narrow with the count', () => {
  fc.assert(
    fc.property(fc.nat(500), fc.nat(500), (count, rest) => {
      const of = count + rest;
      const rate = wilson(count, of);
      const wider = wilson(count, of === 0 ? 0 : of);

      if (rate.value !== null)
        assert.ok(rate.low <= rate.value && rate.value <= rate.high && upperBound(count, of) >= rate.value);
      assert.ok(wilson(2 * count, 2 * of).high - wilson(2 * count, 2 * of).low <= wider.high - wider.low);
    }),
  );
});
