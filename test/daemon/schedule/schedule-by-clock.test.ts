import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mayPost, nextPostTime, nextSlot, type PostSchedule } from '../../../src/daemon/schedule/schedule.ts';
import { isCron, nextCronTime } from '../../../src/persona/cron.ts';
import { parseTimeWindow } from '../../../src/persona/time-window.ts';
import { randomFrom } from '../../../src/random.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const zones = [
  'UTC',
  'Europe/Paris',
  'America/New_York',
  'America/Santiago',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Asia/Gaza',
  'Africa/Casablanca',
  'Pacific/Apia',
];
const zone = fc.constantFrom(...zones);
const year = fc.integer({ min: 2015, max: 2035 });

const schedule = (changes: Partial<PostSchedule>): PostSchedule => {
  return { everyMs: 4 * 3_600_000, jitter: 0.5, between: parseTimeWindow('00:00-24:00'), timezone: 'UTC', ...changes };
};

function wallClock(timezone: string) {
  const clock = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'short',
    hourCycle: 'h23',
  });
  return (time: Date) => {
    const [day = '', minute = ''] = clock.format(time).split(', ');
    return { day, minute, hour: Number(minute.slice(0, 2)) };
  };
}

test('a daily time comes once on every day of any year in any zone, at that minute or, where the clock leaves it out, next', () => {
  fc.assert(
    fc.property(zone, year, fc.integer({ min: 0, max: 1439 }), (timezone, ofYear, at) => {
      const [hour, minute] = [Math.floor(at / 60), at % 60];
      const wanted = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
      const clock = wallClock(timezone);
      const posts = schedule({ cron: `${minute} ${hour} * * *`, timezone });
      let time = new Date(Date.UTC(ofYear, 0, 3));
      const start = clock(time).day;

      const seen = new Map<string, string>();
      while (time.getTime() < Date.UTC(ofYear, 11, 29)) {
        time = nextSlot(posts, { last: time, earliest: time, random: Math.random });
        const shown = clock(time);
        assert.ok(!seen.has(shown.day), `${timezone} ${wanted}: twice on ${shown.day}`);
        seen.set(shown.day, shown.minute);
      }

      const odd = [...seen.values()].filter((shown) => shown !== wanted);
      assert.ok(odd.length <= 2, `${timezone} ${wanted}: ${odd}`);
      const days = Math.round((time.getTime() - Date.UTC(ofYear, 0, 3)) / DAY);
      assert.ok(Math.abs(seen.size - days) <= 1, `${seen.size} of ${days} days from ${start}`);
    }),
    { numRuns: 25 },
  );
});

test('of the fields of cron, weekdays by name are those of the zone', () => {
  const friday = new Date('2026-11-27T12:00:00Z');

  assert.equal(nextCronTime('0 9 * * mon-fri', 'Asia/Tokyo', friday).toISOString(), '2026-11-30T00:00:00.000Z');
  assert.equal(nextCronTime('0 9 * * mon-fri', 'America/New_York', friday).toISOString(), '2026-11-27T14:00:00.000Z');
});

test('what is no pattern of cron, or never comes, is none', () => {
  for (const pattern of ['0 9 * * mon-fri', '*/15 8-22 * * *', '@daily']) assert.ok(isCron(pattern), pattern);
  for (const pattern of ['', '9 o clock', '0 9 * *', '0 0 9 * * *', '61 9 * * *', '0 0 31 2 *']) {
    assert.ok(!isCron(pattern), pattern);
  }
});

const anyHours = fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 6 });
const anyTime = fc.date({ min: new Date('2015-01-01'), max: new Date('2035-12-01'), noInvalidDate: true });

test('by hours of the day, a slot lies in the next of them, and never in the one of the last post', () => {
  fc.assert(
    fc.property(zone, anyHours, anyTime, fc.integer(), (timezone, hours, last, seed) => {
      const clock = wallClock(timezone);
      const posts = schedule({ hours, timezone });

      const slot = nextSlot(posts, { last, earliest: last, random: randomFrom(seed) });

      const [before, after] = [clock(last), clock(slot)];
      assert.ok(hours.includes(after.hour), `${slot.toISOString()} shows ${after.minute}`);
      assert.ok(after.day !== before.day || after.hour !== before.hour);
      assert.ok(slot > last && slot.getTime() - last.getTime() < 2.2 * DAY);
      assert.ok(mayPost(posts, { last, now: slot }));
    }),
    { numRuns: 150 },
  );
});

test('what is approved late goes out at the first moment that the schedule has, and not before', () => {
  fc.assert(
    fc.property(zone, anyHours, anyTime, fc.integer({ min: 0, max: 3000 }), (timezone, hours, last, minutes) => {
      const notBefore = new Date(last.getTime() + minutes * MINUTE);
      for (const posts of [schedule({ hours, timezone }), schedule({ cron: '30 2,14 * * *', timezone })]) {
        const time = nextPostTime(posts, { last, notBefore });

        assert.ok(time >= notBefore && mayPost(posts, { last, now: time }));
        if (time > notBefore) assert.ok(!mayPost(posts, { last, now: new Date(time.getTime() - 1) }));
      }
    }),
    { numRuns: 100 },
  );
});

test('over a year each hour of each day has one post, also the hour that the clock shows twice', () => {
  const posts = schedule({ hours: [2, 18], timezone: 'Europe/Paris' });
  const clock = wallClock('Europe/Paris');
  const random = randomFrom(7);
  let last = new Date('2025-12-31T23:30:00Z');
  const shown: string[] = [];

  while (last < new Date('2026-12-31T20:00:00Z')) {
    last = nextSlot(posts, { last, earliest: last, random });
    const { day, hour } = clock(last);
    if (day.startsWith('2026')) shown.push(`${day} ${hour}`);
  }

  assert.equal(new Set(shown).size, shown.length);
  assert.equal(shown.length, 2 * 365 - 1, 'on the last Sunday of March there is no hour of two');
});
