import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DURATION_PATTERN, formatDuration, parseDuration } from '../../src/persona/duration.ts';

test('durations are read in milliseconds', () => {
  assert.equal(parseDuration('30s'), 30_000);
  assert.equal(parseDuration('2m'), 120_000);
  assert.equal(parseDuration('1.5h'), 5_400_000);
  assert.equal(parseDuration('7d'), 604_800_000);
  assert.equal(parseDuration('0s'), 0);
});

test('a duration is written as it is read', () => {
  fc.assert(
    fc.property(fc.nat({ max: 366 * 86_400_000 }), (ms) => {
      const written = formatDuration(ms);

      assert.match(written, DURATION_PATTERN);
      assert.equal(parseDuration(written), ms);
    }),
  );
  assert.equal(formatDuration(14_400_000), '4h');
  assert.equal(formatDuration(604_800_000), '7d');
});

test('what is no duration does not match', () => {
  for (const text of ['', '4', 'h', '4 h', '-4h', '4H', '1h30m', '1e3s', '٤h'])
    assert.doesNotMatch(text, DURATION_PATTERN);
});
