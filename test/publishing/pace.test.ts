import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pace } from '../../src/publishing/pace.ts';

const START = Date.parse('2026-03-01T00:00:00Z');
const DAY = 86_400_000;
const MINUTE = 60_000;

test('the first half of an allowance is used as it comes', () => {
  const now = new Date(START + MINUTE);

  assert.equal(
    pace({ used: 4, most: 10, each: 1, last: new Date(START), now, resetsAt: new Date(START + DAY), name: 'ten' }),
    null,
  );
});

test('of the second half, what is left is spread over what is left of the time', () => {
  const last = new Date(START);
  const allowance = { used: 6, most: 10, each: 1, last, resetsAt: new Date(START + DAY), name: '10 posts a day' };

  const early = pace({ ...allowance, now: new Date(START + 6 * 3_600_000 - 1) });
  const late = pace({ ...allowance, now: new Date(START + 6 * 3_600_000) });

  assert.equal(early?.until, '2026-03-01T06:00:00.000Z');
  assert.match(early.because, /10 posts a day is spread/);
  assert.equal(late, null);
});

test('used up, it is over until there is room again', () => {
  const resetsAt = new Date(START + DAY);

  const wait = pace({
    used: 9.9,
    most: 10,
    each: 0.2,
    last: null,
    now: new Date(START),
    resetsAt,
    name: '$10 a month',
  });

  assert.deepEqual(wait, { until: resetsAt.toISOString(), because: 'the budget of $10 a month is used up' });
});

test('however eager a persona is, it never spends more than it may, and is never silent for long before the end', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 4, max: 200 }),
      fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 50, maxLength: 400 }),
      (most, minutes) => {
        const resetsAt = new Date(START + 30 * DAY);
        let [used, now, longestMs] = [0, START, 0];
        let last: number | null = null;
        const patience = [...minutes];
        while (now < resetsAt.getTime()) {
          const allowance = { used, most, each: 1, last: last === null ? null : new Date(last), resetsAt, name: '' };
          const wait = pace({ ...allowance, now: new Date(now) });
          if (wait) {
            now = Date.parse(wait.until);
            continue;
          }
          if (last !== null && used < most) longestMs = Math.max(longestMs, now - last);
          used++;
          last = now;
          now += ((patience.shift() ?? 5) + 1) * MINUTE;
        }
        assert.ok(used <= most, `${used} of ${most}`);
        // All the time is spread over the second half, at worst, besides a pause of the persona's own.
        assert.ok(
          longestMs <= (30 * DAY) / Math.floor(most / 2) + 301 * MINUTE,
          `${longestMs / DAY} days of silence, ${most} a month`,
        );
      },
    ),
    { numRuns: 200 },
  );
});
