/** Times of clocks on a wall, whose zone no export says. */
import { fromNaive } from './instant.ts';

/** Of an hour that comes twice when clocks go back, the first; one that is left out when they go forward is taken for the hour before. */
export type LocalTime = (clock: string | null) => string | null;

/** From what a clock in `zone` shows, as `2021-07-01T22:05:00.000Z`, to what it is in UTC. Without a zone it stands for UTC itself. */
export function localTime(zone: string | undefined): LocalTime {
  if (zone === undefined) return (clock) => clock;
  const format = new Intl.DateTimeFormat('en-u-hc-h23', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const offsetAt = (instant: number): number => {
    const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
  };
  // Messages come in the order of time, and what a zone does it does at full hours.
  let hour = '';
  let offset = 0;
  return (clock) => {
    if (clock === null) return null;
    const shown = Date.parse(clock);
    if (clock.slice(0, 13) !== hour) {
      hour = clock.slice(0, 13);
      const full = Date.parse(`${hour}:00:00.000Z`);
      const [before, after] = [offsetAt(full - DAY_MS), offsetAt(full + DAY_MS)];
      offset = offsetAt(full - before) === before ? before : after;
    }
    return new Date(shown - offset).toISOString();
  };
}

/** `2021-07-01 22:05` of a clock in `zone`; a day alone is midnight in UTC, wherever it was written. */
export function fromClock(value: string, zone: string | undefined): string | null {
  return /^\d{4}-\d\d-\d\d$/.test(value) ? fromNaive(`${value}T00:00`) : clockIn(zone)(fromNaive(value));
}

const clocks = new Map<string | undefined, LocalTime>();

function clockIn(zone: string | undefined): LocalTime {
  const clock = clocks.get(zone) ?? localTime(zone);
  clocks.set(zone, clock);
  return clock;
}

const DAY_MS = 86_400_000;

export function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
