/** What a persona's nights came to, and what is next, as sentences without a name or a full stop. */
import type { NightStatus, PersonaStatus } from '../daemon/status.ts';
import { fromNow } from '../review/moment.ts';
import { printable } from '../review/printable.ts';

export function nightLines({ training, nights }: PersonaStatus, now: Date): string[] {
  return [
    ...(training ? [inTraining(training, now)] : []),
    ...nights.flatMap((night) => linesOf(night, training, now)),
  ];
}

function inTraining({ pid, since, step, steps, loss }: NonNullable<PersonaStatus['training']>, now: Date): string {
  const far = loss === null ? 'before its first step' : `step ${step} of at most ${steps}, loss ${loss.toFixed(3)}`;
  return `is being trained by process ${pid}, since ${fromNow(since, now)}: ${far}`;
}

function linesOf({ kind, last, next }: NightStatus, training: PersonaStatus['training'], now: Date): string[] {
  const lines: string[] = [];
  if (last?.outcome) {
    const told = printable(last.told ?? last.outcome, { oneLine: true });
    lines.push(
      `last night's work (${kind}), begun ${fromNow(last.startedAt, now)}, ${OUTCOMES[last.outcome]}: ${told}`,
    );
  } else if (last && !training)
    lines.push(`last night's work (${kind}), begun ${fromNow(last.startedAt, now)}, was cut off; it goes on`);
  if (!training) lines.push(`the daemon may ${kind} ${fromNow(next, now)}, if there is anything new`);
  return lines;
}

const OUTCOMES = {
  done: 'was done',
  refused: 'was refused',
  'nothing new': 'found nothing new',
  stopped: 'was stopped',
  failed: 'failed',
} as const;
