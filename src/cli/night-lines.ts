/** What a persona's nights came to, and what is next, as sentences without a name or a full stop. */
import type { NightStatus } from '../daemon/nights/night-status.ts';
import type { PersonaStatus } from '../daemon/status.ts';
import { fromNow } from '../review/moment.ts';
import { printable } from '../review/printable.ts';

export function nightLines({ training, nights }: PersonaStatus, now: Date): string[] {
  return [...(training ? [inTraining(training, now)] : []), ...nights.flatMap((night) => linesOf(night, now))];
}

function inTraining({ pid, since, step, steps, loss }: NonNullable<PersonaStatus['training']>, now: Date): string {
  const far = loss === null ? 'before its first step' : `step ${step} of at most ${steps}, loss ${loss.toFixed(3)}`;
  return `is being trained by process ${pid}, since ${fromNow(since, now)}: ${far}`;
}

function linesOf({ kind, last, next, isRunning }: NightStatus, now: Date): string[] {
  const what = `${NOUNS[kind]} of its nights`;
  if (isRunning && last) return [`${what} began ${fromNow(last.startedAt, now)}`];
  const future = `${what} may begin ${fromNow(next, now)}, if there is anything new`;
  if (!last) return [future];
  const told = last.told === null ? '' : `: ${printable(last.told, { oneLine: true })}`;
  const came = last.outcome === null ? 'was cut off, and goes on' : `${OUTCOMES[last.outcome]}${told}`;
  return [`${what}, begun ${fromNow(last.startedAt, now)}, ${came}`, future];
}

const NOUNS = { train: 'training', learn: 'learning' } satisfies Record<NightStatus['kind'], string>;

const OUTCOMES = {
  done: 'was done',
  refused: 'was refused',
  'nothing new': 'found nothing new',
  stopped: 'was stopped',
  failed: 'failed',
} as const;
