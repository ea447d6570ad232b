/** What the daemon tells of its work: one line for each thing that happened. */
import { UserError, WorldError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type JobName, personaOf } from './due-jobs.ts';
import type { JobOutcome } from './run-job.ts';
import type { Change } from './watch-personas.ts';

interface Line {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function logOutcome(log: Log, job: JobName, outcome: JobOutcome): void {
  const { level, message, fields } = lineOf(outcome);
  log[level]({ persona: personaOf(job), ...fields }, message);
}

function lineOf(outcome: JobOutcome): Line {
  switch (outcome.kind) {
    case 'queued': {
      const { draftId: draft, dueAt, candidates } = outcome;
      return { level: 'info', message: 'A draft waits for your review', fields: { draft, dueAt, candidates } };
    }
    case 'none passed':
      return { level: 'info', message: 'No draft this time', fields: { reason: outcome.reason } };
    case 'published':
      return { level: 'info', message: 'Published', fields: { draft: outcome.draftId, url: outcome.url } };
    case 'dry run': {
      const { draftId: draft, text } = outcome;
      return { level: 'info', message: 'Would be published, but this is a dry run', fields: { draft, text } };
    }
    case 'postponed':
    case 'failed':
    case 'uncertain': {
      const { draftId: draft, kind, reason } = outcome;
      return { level: 'warn', message: `Publishing: ${kind}`, fields: { draft, reason } };
    }
  }
}

/** Errors of the operator and of the world say all in their message; a bug keeps its stack. */
export function logFailure(log: Log, job: string, error: unknown): void {
  const { kind, hint } = kindOf(error);
  if (kind === 'bug' || !(error instanceof Error)) log.error({ job, err: error }, 'Failed by a bug');
  else log.error({ job, hint }, `Failed: ${error.message}`);
}

export function logChange(log: Log, change: Change): void {
  const persona = change.name;
  if (change.kind !== 'broken') log.info({ persona }, `Persona ${change.kind}`);
  else log.error({ persona, hint: change.error.hint }, `Persona left out: ${change.error.message}`);
}

/** An error that comes from a thread has lost its class, and kept its name and fields. */
function kindOf(error: unknown): { kind: 'user' | 'world' | 'bug'; hint?: unknown } {
  if (!(error instanceof Error)) return { kind: 'bug' };
  const hint = 'hint' in error ? error.hint : undefined;
  if (error instanceof UserError || error.name === 'UserError') return { kind: 'user', hint };
  if (error instanceof WorldError || 'retryable' in error) return { kind: 'world' };
  return { kind: 'bug' };
}
