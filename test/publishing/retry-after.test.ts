import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfter } from '../../src/publishing/retry-after.ts';

const NOON = new Date('2026-11-27T12:00:00Z');

test('a wait is asked for in seconds, or as a date by the clock of the server that names it', () => {
  assert.equal(retryAfter('7', undefined, NOON), 7000);
  assert.equal(retryAfter('Fri, 27 Nov 2026 12:05:00 GMT', undefined, NOON), 300_000);
  assert.equal(retryAfter('Fri, 27 Nov 2026 13:05:00 GMT', 'Fri, 27 Nov 2026 13:00:00 GMT', NOON), 300_000);
});

test('what is over is waited for a second, and nothing for more than a day', () => {
  assert.equal(retryAfter('Fri, 27 Nov 2026 11:00:00 GMT', undefined, NOON), 1000);
  assert.equal(retryAfter('99999999', undefined, NOON), 24 * 3_600_000);
  for (const nothing of [undefined, null, '', ' ', 'soon', '-5']) {
    assert.equal(retryAfter(nothing, undefined, NOON), undefined);
  }
});
