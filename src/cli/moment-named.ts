/** Moments as people write them on a command line. */
import { localTime } from '../archive/local-time.ts';
import { UserError } from '../errors.ts';

const WITH_OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;
const DAY_AND_CLOCK = /^(\d{4}-\d{2}-\d{2})[T ]([01]\d|2[0-3]):([0-5]\d)$/;
const CLOCK = /^([01]?\d|2[0-3]):([0-5]\d)$/;
const DAY_MS = 86_400_000;

/** In the future. A time without a day is the next that comes. @throws UserError when it is none, or past. */
export function momentNamed(text: string, zone: string, now: Date): Date {
  const moment = read(text.trim(), zone, now);
  if (moment === undefined) {
    throw new UserError(
      `--at: expected a time such as "2026-12-01 09:00", 09:00 or 2026-12-01T09:00:00+01:00, found ${JSON.stringify(text)}`,
    );
  }
  if (moment > now) return moment;
  throw new UserError(`--at: expected a time to come, found one that is past: ${moment.toISOString()}`);
}

/** The beginning of a day in `zone`. @throws UserError when it is none. */
export function dayNamed(text: string, zone: string): Date {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? inZone(`${text}T00:00:00.000Z`, zone) : undefined;
  if (day) return day;
  throw new UserError(`Expected a day such as 2019-01-31, found ${JSON.stringify(text)}`);
}

function read(text: string, zone: string, now: Date): Date | undefined {
  if (WITH_OFFSET.test(text)) return valid(Date.parse(text));
  const [, day, hour, minute] = DAY_AND_CLOCK.exec(text) ?? [];
  if (day !== undefined) return inZone(`${day}T${hour}:${minute}:00.000Z`, zone);
  const clock = CLOCK.exec(text);
  if (!clock) return undefined;
  const shown = `T${clock[1]!.padStart(2, '0')}:${clock[2]}:00.000Z`;
  const dates = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' });
  const days = [0, 1, 2].map((later) => inZone(`${dates.format(now.getTime() + later * DAY_MS)}${shown}`, zone));
  return days.find((moment) => moment !== undefined && moment > now);
}

function inZone(shown: string, zone: string): Date | undefined {
  const parsed = valid(Date.parse(shown));
  // The 31st of February is no day, though the parser takes some such for the next month's.
  if (!parsed || parsed.toISOString() !== shown) return undefined;
  return new Date(localTime(zone)(shown)!);
}

function valid(time: number): Date | undefined {
  return Number.isNaN(time) ? undefined : new Date(time);
}
