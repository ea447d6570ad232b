import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAwake, mayPost, nextPostTime, nextSlot, type PostSchedule } from '../../../src/daemon/schedule/schedule.ts';
import { parseTimeWindow } from '../../../src/persona/time-window.ts';
import { randomFrom } from '../../../src/random.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function schedule(changes: Partial<PostSchedule> = {}): PostSchedule {
  const between = parseTimeWindow('08:00-23:00');
  return { everyMs: 4 * HOUR, jitter: 0.5, between, timezone: 'Europe/Paris', ...changes };
}

const zones = ['UTC', 'Europe/Paris', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia'];
const anySchedule = fc.record({
  everyMs: fc.integer({ min: 1000, max: 3 * DAY }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  between: fc.record({ fromMinute: fc.integer({ min: 0, max: 1439 }), toMinute: fc.integer({ min: 0, max: 1440 }) }),
  timezone: fc.constantFrom(...zones),
});
// 2026 holds two changes of summer time in most of these zones; every hour of it has the same chance.
const anyTime = fc.date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true });

test('every slot lies in the waking hours, on days of summer time too', () => {
  fc.assert(
    fc.property(anySchedule, anyTime, fc.integer(), (posts, last, seed) => {
      fc.pre(posts.between.fromMinute !== posts.between.toMinute);

      const slot = nextSlot(posts, { last, earliest: last, random: randomFrom(seed) });

      assert.ok(isAwake(posts, slot), `${slot.toISOString()} is outside the waking hours`);
    }),
    { numRuns: 300 },
  );
});

test('a gap is `every` within its jitter, unless the night stretches it', () => {
  fc.assert(
    fc.property(anySchedule, anyTime, fc.integer(), ({ everyMs, jitter, timezone }, last, seed) => {
      const posts = { everyMs, jitter, timezone, between: parseTimeWindow('00:00-24:00') };

      const gap = nextSlot(posts, { last, earliest: last, random: randomFrom(seed) }).getTime() - last.getTime();

      assert.ok(gap >= everyMs * (1 - jitter) - 1 && gap <= everyMs * (1 + jitter) + 1, `${gap} ms`);
    }),
  );
});

test('the first slot after the night falls in the first hours of the day, not always on the hour', () => {
  const slots = Array.from({ length: 50 }, (_, seed) =>
    nextSlot(schedule(), { last: new Date('2026-06-01T20:30Z'), earliest: new Date(0), random: randomFrom(seed) }),
  );

  assert.ok(slots.every((slot) => slot >= new Date('2026-06-02T06:00Z') && slot <= new Date('2026-06-02T08:00Z')));
  assert.ok(new Set(slots.map((slot) => slot.getMinutes())).size > 10);
});

test('slots that nobody was there to fill are not made up for', () => {
  const now = new Date('2026-06-10T12:00Z');

  const slot = nextSlot(schedule(), { last: new Date('2026-06-01T12:00Z'), earliest: now, random: () => 0.5 });

  assert.deepEqual(slot, now);
});

test('the day opens at its hour on the wall, also when the clocks change in the night', () => {
  const posts = schedule({ jitter: 0 });
  const opening = (last: string) =>
    nextSlot(posts, { last: new Date(last), earliest: new Date(0), random: () => 0 }).toISOString();

  assert.equal(opening('2026-03-27T21:00Z'), '2026-03-28T07:00:00.000Z');
  assert.equal(opening('2026-03-28T21:00Z'), '2026-03-29T06:00:00.000Z'); // clocks went forward at 01:00Z
  assert.equal(opening('2026-10-24T20:00Z'), '2026-10-25T07:00:00.000Z'); // clocks went back at 01:00Z
});

test('an hour that summer time skips is looked for on the next day', () => {
  const posts = schedule({ between: parseTimeWindow('02:10-02:50'), jitter: 0 });

  const slot = nextSlot(posts, { last: new Date('2026-03-28T20:00Z'), earliest: new Date(0), random: () => 0 });

  assert.equal(slot.toISOString(), '2026-03-30T00:10:00.000Z');
});

test('waking hours may run past midnight', () => {
  const posts = schedule({ between: parseTimeWindow('18:00-02:00'), timezone: 'UTC' });

  assert.ok(isAwake(posts, new Date('2026-06-01T01:59Z')));
  assert.ok(!isAwake(posts, new Date('2026-06-01T02:00Z')));
  assert.ok(!isAwake(posts, new Date('2026-06-01T17:59Z')));
});

test('the first post waits for nothing; later ones keep their distance and sleep at night', () => {
  const posts = schedule({ timezone: 'UTC' });
  const last = new Date('2026-06-01T20:00Z');

  assert.ok(mayPost(posts, { last: null, now: new Date('2026-06-01T03:00Z') }));
  assert.ok(!mayPost(posts, { last, now: new Date('2026-06-01T21:59Z') }));
  assert.ok(mayPost(posts, { last, now: new Date('2026-06-01T22:00Z') }));
  assert.ok(!mayPost(posts, { last, now: new Date('2026-06-01T23:30Z') }));
});

test('the next post time is the first moment at which a post may go out', () => {
  fc.assert(
    fc.property(anySchedule, anyTime, fc.integer({ min: 0, max: 3 * DAY }), (posts, last, laterMs) => {
      fc.pre(posts.between.fromMinute !== posts.between.toMinute);
      const notBefore = new Date(last.getTime() + laterMs);

      const time = nextPostTime(posts, { last, notBefore });

      assert.ok(time >= notBefore && mayPost(posts, { last, now: time }));
      if (time > notBefore) assert.ok(!mayPost(posts, { last, now: new Date(time.getTime() - 1) }));
    }),
    { numRuns: 200 },
  );
});
