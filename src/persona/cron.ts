/** Times by the pattern that cron(8) made known, as a clock on the wall of a time zone shows them. */
import { Cron } from 'croner';

/** Five fields, or a name such as @daily. */
export function isCron(pattern: string): boolean {
  try {
    return new Cron(pattern, { mode: '5-part' }).nextRun(new Date('2026-01-01T00:00:00Z')) !== null;
  } catch {
    return false;
  }
}

/** The first time after `time`. A time that the clock leaves out when summer begins comes as soon as it shows a later one. */
export function nextCronTime(pattern: string, timezone: string, time: Date): Date {
  const next = new Cron(pattern, { mode: '5-part', timezone }).nextRun(time);
  if (next === null) throw new Error(`A schedule of which the settings promised that it goes on ended: ${pattern}`);
  return next;
}
