/** When a persona writes and posts. Pure: knows the time and chance that it is told, and nothing of stores or workers. */
import { nextCronTime } from '../../persona/cron.ts';
import type { Persona } from '../../persona/persona.ts';
import type { TimeWindow } from '../../persona/time-window.ts';

export type PostSchedule = Omit<Persona['schedule']['posts'], 'bestHours'> & {
  /** Of the day, in its time zone: one post in each; `every` and `jitter` do not count then. */
  readonly hours?: readonly number[] | undefined;
};

const MINUTE = 60_000; // ms

export interface SlotSearch {
  /** The slot before this one. */
  readonly last: Date;
  /** No slot is sooner than this: of slots that nobody was there to fill only the last is made up for. */
  readonly earliest: Date;
  readonly random: () => number;
}

/**
 * The next moment to post: by its cron pattern; somewhere in the next of its hours; else `every` after the last, give or
 * take `jitter`, and at night somewhere in the first hours of the next day.
 */
export function nextSlot(posts: PostSchedule, { last, earliest, random }: SlotSearch): Date {
  const { everyMs, jitter, cron, timezone, hours: ofDay, ...rest } = posts;
  const hours = { ...rest, timezone };
  const later = new Date(Math.max(last.getTime(), earliest.getTime()));
  if (cron !== undefined) return nextCronTime(cron, timezone, later);
  if (ofDay !== undefined) return inNextHour({ ofDay, timezone, last }, later, random);
  const stray = jitter * (2 * random() - 1); // share of `every`
  const wanted = new Date(Math.max(last.getTime() + everyMs * (1 + stray), earliest.getTime()));
  if (isAwake(hours, wanted)) return wanted;

  const morning = nextOpening(hours, wanted);
  const spreadMs = Math.min(jitter * everyMs, lengthMs(hours.between));
  const inMorning = new Date(morning.getTime() + random() * spreadMs);
  return isAwake(hours, inMorning) ? inMorning : morning;
}

/**
 * Whether a post may go out now. Approving a dozen overdue drafts at once, or in the night, does not post them at once:
 * only the very first post waits for nothing but its approval.
 */
export function mayPost(posts: PostSchedule, { last, now }: { last: Date | null; now: Date }): boolean {
  if (last === null) return true;
  const { cron, timezone, hours } = posts;
  if (cron !== undefined) return nextCronTime(cron, timezone, last) <= now;
  if (hours !== undefined) return isHourOf({ ofDay: hours, timezone, last })(now.getTime());
  return earliestAfter(posts, last) <= now.getTime() && isAwake(posts, now);
}

/** The first moment from `notBefore` on at which a post may go out. */
export function nextPostTime(posts: PostSchedule, { last, notBefore }: { last: Date | null; notBefore: Date }): Date {
  if (last === null) return notBefore;
  const { cron, timezone, hours } = posts;
  if (cron !== undefined) return new Date(Math.max(nextCronTime(cron, timezone, last).getTime(), notBefore.getTime()));
  if (hours !== undefined) return firstMinute(notBefore, isHourOf({ ofDay: hours, timezone, last }));
  return nextTimeIn(posts, new Date(Math.max(earliestAfter(posts, last), notBefore.getTime())));
}

/** The first moment from `notBefore` on within the hours. */
export function nextTimeIn(hours: Hours, notBefore: Date): Date {
  return isAwake(hours, notBefore) ? notBefore : nextOpening(hours, notBefore);
}

function earliestAfter({ everyMs, jitter }: PostSchedule, last: Date): number {
  return last.getTime() + Math.ceil(everyMs * (1 - jitter));
}

type Hours = Pick<PostSchedule, 'between' | 'timezone'>;

export function isAwake({ between, timezone }: Hours, time: Date): boolean {
  return holds(between, minuteOfDay(timezone)(time.getTime()));
}

/**
 * The first minute of the waking hours after a moment of the night. Looks at one minute after the other, as the clock on the
 * wall does: whatever a summer time or a new law skips or repeats, what it finds lies in the window.
 */
function nextOpening({ between, timezone }: Hours, night: Date): Date {
  const wallClock = minuteOfDay(timezone);
  return firstMinute(night, (time) => holds(between, wallClock(time)));
}

/** The moment itself, or the first full minute after it of which it is true. */
function firstMinute(from: Date, isIt: (time: number) => boolean): Date {
  if (isIt(from.getTime())) return from;
  let time = Math.ceil(from.getTime() / MINUTE) * MINUTE;
  while (!isIt(time)) time += MINUTE;
  return new Date(time);
}

interface HoursOfDay {
  readonly ofDay: readonly number[];
  readonly timezone: string;
  readonly last: Date;
}

/** Whether a moment lies in one of the hours, and in another one than the last post. An hour that the clock shows twice is one. */
function isHourOf({ ofDay, timezone, last }: HoursOfDay): (time: number) => boolean {
  const clock = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'short',
    hourCycle: 'h23',
  });
  const hourOf = (time: number) => /^(.*), (\d+):/.exec(clock.format(time))!;
  const [, lastDay, lastHour] = hourOf(last.getTime());
  return (time) => {
    const [, day, hour] = hourOf(time);
    return ofDay.includes(Number(hour)) && (day !== lastDay || hour !== lastHour);
  };
}

/** Somewhere in the next of the hours: posts at the full hour look like what they are. */
function inNextHour(hours: HoursOfDay, from: Date, random: () => number): Date {
  const opening = firstMinute(from, isHourOf(hours));
  const isLater = isHourOf({ ...hours, last: opening });
  const isSame = isHourOf(hours);
  let end = opening.getTime();
  while (isSame(end) && !isLater(end)) end += MINUTE;
  return new Date(opening.getTime() + Math.floor(random() * (end - opening.getTime())));
}

function holds({ fromMinute, toMinute }: TimeWindow, minute: number): boolean {
  if (fromMinute < toMinute) return fromMinute <= minute && minute < toMinute;
  return minute >= fromMinute || minute < toMinute; // past midnight
}

function lengthMs({ fromMinute, toMinute }: TimeWindow): number {
  return (toMinute - fromMinute + (fromMinute < toMinute ? 0 : 1440)) * MINUTE;
}

/** Minutes after local midnight, as a clock in that time zone shows them. */
function minuteOfDay(timezone: string): (time: number) => number {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (time) => {
    const [hours, minutes] = clock.format(time).split(':').map(Number);
    return hours! * 60 + minutes!;
  };
}
