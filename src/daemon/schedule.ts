/** When a persona writes and posts. Pure: knows the time and chance that it is told, and nothing of stores or workers. */
import type { Persona } from '../persona/persona.ts';
import type { TimeWindow } from '../persona/time-window.ts';

export type PostSchedule = Persona['schedule']['posts'];

const MINUTE = 60_000; // ms

export interface SlotSearch {
  /** The slot before this one. */
  readonly last: Date;
  /** No slot is sooner than this: of slots that nobody was there to fill only the last is made up for. */
  readonly earliest: Date;
  readonly random: () => number;
}

/** The next moment to post: `every` after the last, give or take `jitter`; at night, somewhere in the first hours of the next day. */
export function nextSlot({ everyMs, jitter, ...hours }: PostSchedule, { last, earliest, random }: SlotSearch): Date {
  const stray = jitter * (2 * random() - 1); // share of `every`
  const wanted = new Date(Math.max(last.getTime() + everyMs * (1 + stray), earliest.getTime()));
  if (isAwake(hours, wanted)) return wanted;

  const morning = nextOpening(hours, wanted);
  const spreadMs = Math.min(jitter * everyMs, lengthMs(hours.between));
  const later = new Date(morning.getTime() + random() * spreadMs);
  return isAwake(hours, later) ? later : morning;
}

/**
 * Whether a post may go out now. Approving a dozen overdue drafts at once, or in the night, does not post them at once:
 * only the very first post waits for nothing but its approval.
 */
export function mayPost(posts: PostSchedule, { last, now }: { last: Date | null; now: Date }): boolean {
  return last === null || (earliestAfter(posts, last) <= now.getTime() && isAwake(posts, now));
}

/** The first moment from `notBefore` on at which a post may go out. */
export function nextPostTime(posts: PostSchedule, { last, notBefore }: { last: Date | null; notBefore: Date }): Date {
  if (last === null) return notBefore;
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
  let time = Math.ceil(night.getTime() / MINUTE) * MINUTE;
  while (!holds(between, wallClock(time))) time += MINUTE;
  return new Date(time);
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
