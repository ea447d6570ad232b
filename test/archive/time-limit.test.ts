import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withinTime } from '../../src/archive/time-limit.ts';

test('a regular expression that a text drives mad is ended', () => {
  assert.equal(
    withinTime(100, () => /^(a+)+$/.test(`${'a'.repeat(50)}b`)),
    undefined,
  );
});

test('what ends in time gives its value or its error', () => {
  assert.deepEqual(
    withinTime(1000, () => [1]),
    [1],
  );
  assert.throws(
    () =>
      withinTime(1000, () => {
        throw new TypeError('mine');
      }),
    TypeError,
  );
});
