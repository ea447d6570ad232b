import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isZone, localTime } from '../../src/archive/local-time.ts';

for (const [zone, clock, utc] of [
  ['Europe/Berlin', '2021-07-01T22:05:07.000Z', '2021-07-01T20:05:07.000Z'],
  ['Europe/Berlin', '2021-12-01T00:05:00.000Z', '2021-11-30T23:05:00.000Z'],
  ['America/New_York', '2021-07-01T22:05:00.000Z', '2021-07-02T02:05:00.000Z'],
  ['Asia/Kathmandu', '2021-07-01T05:45:00.000Z', '2021-07-01T00:00:00.000Z'],
  // Clocks go back at three, so that half past two comes twice; and forward at two, so that half past two never comes.
  ['Europe/Berlin', '2021-10-31T02:30:00.000Z', '2021-10-31T00:30:00.000Z'],
  ['Europe/Berlin', '2021-10-31T03:30:00.000Z', '2021-10-31T02:30:00.000Z'],
  ['Europe/Berlin', '2021-03-28T01:30:00.000Z', '2021-03-28T00:30:00.000Z'],
  ['Europe/Berlin', '2021-03-28T03:30:00.000Z', '2021-03-28T01:30:00.000Z'],
] as const) {
  test(`when clocks in ${zone} show ${clock.slice(0, 16)} it is ${utc.slice(0, 16)}`, () => {
    assert.equal(localTime(zone)(clock), utc);
  });
}

test('without a zone, and without a time, nothing changes', () => {
  assert.equal(localTime(undefined)('2021-07-01T22:05:00.000Z'), '2021-07-01T22:05:00.000Z');
  assert.equal(localTime('Europe/Berlin')(null), null);
});

test('what was asked before makes no difference', () => {
  const times = fc.array(fc.date({ min: new Date('1990-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }));
  fc.assert(
    fc.property(times, (dates) => {
      const shared = localTime('Europe/Berlin');
      for (const date of dates) {
        assert.equal(shared(date.toISOString()), localTime('Europe/Berlin')(date.toISOString()));
      }
    }),
  );
});

test('zones are known by name', () => {
  assert.deepEqual(['Europe/Berlin', 'UTC', 'Berlin', ''].map(isZone), [true, true, false, false]);
});
