import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromNow, moment } from '../../src/review/moment.ts';

const NOW = new Date('2026-03-01T22:30:00.000Z');

for (const [iso, zone, words] of [
  ['2026-03-01T22:45:00.000Z', 'UTC', 'today 22:45'],
  ['2026-03-01T22:45:00.000Z', 'Asia/Tokyo', 'today 07:45'],
  ['2026-03-02T08:00:00.000Z', 'UTC', 'tomorrow 08:00'],
  ['2026-03-02T08:00:00.000Z', 'Asia/Tokyo', 'today 17:00'],
  ['2026-02-28T08:00:00.000Z', 'UTC', 'yesterday 08:00'],
  ['2026-03-05T08:00:00.000Z', 'UTC', 'Thu 5 March 08:00'],
  ['2025-03-05T08:00:00.000Z', 'UTC', '5 March 2025 08:00'],
] as const) {
  test(`${iso} is "${words}" in ${zone}`, () => {
    assert.equal(moment(iso, NOW, zone), words);
  });
}

test('days are counted by the calendar, also when the clocks change between', () => {
  const beforeChange = new Date('2026-03-28T22:30:00.000Z'); // 23:30 in Paris, where 29 March has 23 hours

  assert.equal(moment('2026-03-29T21:30:00.000Z', beforeChange, 'Europe/Paris'), 'tomorrow 23:30');
});

for (const [ms, words] of [
  [0, 'now'],
  [999, 'now'],
  [45_000, 'in 45 seconds'],
  [-60_000, '1 minute ago'],
  [59 * 60_000 + 31_000, 'in 1 hour'],
  [59 * 60_000 + 29_000, 'in 59 minutes'],
  [119 * 60_000, 'in 2 hours'],
  [-3 * 86_400_000, '3 days ago'],
] as const) {
  test(`${ms} ms from now is "${words}"`, () => {
    assert.equal(fromNow(new Date(NOW.getTime() + ms).toISOString(), NOW), words);
  });
}
