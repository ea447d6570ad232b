/** Times as people say them, in the zone that a persona lives in. */

const DAY_MS = 86_400_000;

/** `today 14:30`, `tomorrow 08:00`, `Tue 3 March 14:30`, `3 March 2025 14:30`. */
export function moment(iso: string, now: Date, timeZone: string): string {
  const time = new Date(iso);
  const clock = inZone(time, timeZone, { hour: '2-digit', minute: '2-digit' });
  const days = dayNumber(time, timeZone) - dayNumber(now, timeZone);
  const named = new Map([
    [-1, 'yesterday'],
    [0, 'today'],
    [1, 'tomorrow'],
  ]).get(days);
  if (named !== undefined) return `${named} ${clock}`;
  const date = { day: 'numeric', month: 'long' } as const;
  const isNear = Math.abs(days) < 180;
  return `${inZone(time, timeZone, isNear ? { weekday: 'short', ...date } : { ...date, year: 'numeric' })} ${clock}`;
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/** `in 2 hours`, `3 minutes ago`, `now`. */
export function fromNow(iso: string, now: Date): string {
  const ms = Date.parse(iso) - now.getTime();
  for (const [unit, unitMs, stepMs] of UNITS) {
    const isRounded = Math.abs(ms) + stepMs / 2 >= unitMs; // 59.6 minutes are an hour, not 60 minutes
    if (isRounded) return relative.format(Math.round(ms / unitMs), unit);
  }
  return 'now';
}

/** With the unit below, in milliseconds. */
const UNITS = [
  ['day', DAY_MS, 3_600_000],
  ['hour', 3_600_000, 60_000],
  ['minute', 60_000, 1000],
  ['second', 1000, 0],
] as const;

function inZone(time: Date, timeZone: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, ...options }).format(time).replace(',', '');
}

/** Days since 1970 by the calendar of the zone, so that a change of clocks moves no day. */
function dayNumber(time: Date, timeZone: string): number {
  const [day, month, year] = inZone(time, timeZone, { day: '2-digit', month: '2-digit', year: 'numeric' }).split('/');
  return Date.UTC(Number(year), Number(month) - 1, Number(day)) / DAY_MS;
}
