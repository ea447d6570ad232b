/** When the work of a persona's nights is due. Pure: knows hours and what became of the last time, not what the work is. */
import type { TimeWindow } from '../../persona/time-window.ts';
import type { NightKind, NightOutcome } from '../../store/tables.ts';
import { isAwake, nextTimeIn } from '../schedule/schedule.ts';

/** As persona.yaml has them. */
export interface Nights {
  readonly everyMs: number;
  readonly between: TimeWindow;
  readonly timezone: string;
}

export interface NightState {
  readonly kind: NightKind;
  readonly hours: Nights;
  /** The last time that it was begun. */
  readonly last: LastNight | null;
  /** When the persona was last taken up: what failed before may go well now. */
  readonly since: Date;
}

export interface LastNight {
  readonly startedAt: Date;
  /** null: it runs, or was cut off. */
  readonly outcome: NightOutcome | null;
}

/** A look that found nothing to do, or a failure, is not repeated in the same night. */
const NEXT_NIGHT_MS = 12 * 3_600_000;

export function isDue(night: NightState, now: Date): boolean {
  return isInHours(night.hours, now) && earliest(night) <= now.getTime();
}

export function isInHours({ between, timezone }: Nights, now: Date): boolean {
  return isAwake({ between, timezone }, now);
}

/** The first moment from now on at which it may begin. */
export function nextNight(night: NightState, now: Date): Date {
  return nextTimeIn(night.hours, new Date(Math.max(earliest(night), now.getTime())));
}

function earliest({ last, hours, since }: NightState): number {
  if (last === null) return Number.NEGATIVE_INFINITY;
  const after = (ms: number) => last.startedAt.getTime() + ms;
  switch (last.outcome) {
    case null:
    case 'stopped':
      return Number.NEGATIVE_INFINITY;
    case 'failed':
      return last.startedAt < since ? Number.NEGATIVE_INFINITY : after(NEXT_NIGHT_MS);
    case 'nothing new':
      return after(Math.min(hours.everyMs, NEXT_NIGHT_MS));
    case 'done':
    case 'refused':
      return after(hours.everyMs);
  }
}
