/** What the daemon tells of its work: one line for each thing that happened. */
import { UserError, WorldError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Standing } from '../publishing/account-health.ts';
import { type JobName, personaOf } from './jobs/due-jobs.ts';
import type { JobOutcome } from './jobs/run-job.ts';
import type { Change } from './watch-personas.ts';

interface Line {
  readonly level: 'debug' | 'info' | 'warn';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function logOutcome(log: Log, job: JobName, outcome: JobOutcome): void {
  const { level, message, fields } = lineOf(outcome);
  log[level]({ persona: personaOf(job), ...fields }, message);
}

function lineOf(outcome: JobOutcome): Line {
  switch (outcome.kind) {
    case 'queued':
    case 'approved': {
      const { kind, draftId: draft, dueAt, candidates, notes } = outcome;
      const message = kind === 'queued' ? 'A draft waits for your review' : 'Approved by itself, as it has earned';
      const level = notes.length > 0 ? 'warn' : 'info';
      return { level, message, fields: { draft, dueAt, candidates, ...(notes.length > 0 && { notes }) } };
    }
    case 'heard': {
      const { mentions, waiting, passedOver, unreadable } = outcome;
      const level = mentions > 0 ? 'info' : 'debug';
      return {
        level,
        message: 'Listened',
        fields: { mentions, waiting, passedOver, ...(unreadable && { unreadable }) },
      };
    }
    case 'not answered':
      return { level: 'debug', message: 'Not answered', fields: { reason: outcome.reason } };
    case 'measured':
      return { level: 'debug', message: 'Looked at what came of posts', fields: { posts: outcome.posts } };
    case 'none passed':
      return { level: 'info', message: 'No draft this time', fields: { reason: outcome.reason } };
    case 'published': {
      const { draftId: draft, url, notice } = outcome;
      return { level: 'info', message: 'Published', fields: { draft, url, notice } };
    }
    case 'dry run': {
      const { draftId: draft, text } = outcome;
      return { level: 'info', message: 'Would be published, but this is a dry run', fields: { draft, text } };
    }
    case 'postponed': // what it waits for is told of its account or server
    case 'failed':
    case 'uncertain':
    case 'held': {
      const { draftId: draft, kind, reason } = outcome;
      const message =
        kind === 'held' ? 'Nobody can tell whether it was posted: eidolon review asks you' : `Publishing: ${kind}`;
      return { level: kind === 'postponed' ? 'debug' : 'warn', message, fields: { draft, reason } };
    }
    case 'night': {
      const { work, outcome: how, told, pid } = outcome;
      return { level: how === 'refused' ? 'warn' : 'info', message: told, fields: { work, outcome: how, pid } };
    }
  }
}

export type Standings = ReadonlyMap<string, Standing>;

/** Of an outage one line when it begins and one when it ends, however many posts wait for it, and however many personas. */
export function logStandings(log: Log, before: Standings, now: Standings): void {
  for (const [persona, { pause, wait, outage }] of now) {
    const known = before.get(persona);
    if (pause && pause.since !== known?.pause?.since) log.error({ persona }, `Paused: ${pause.because}`);
    if (!pause && known?.pause) log.info({ persona }, 'Resumed: its account is tried again');
    if (wait && !outage && !known?.wait) {
      log.warn({ persona, until: wait.until }, `Waits, as its network asked: ${wait.because}`);
    }
  }
  const [were, are] = [outagesIn(before), outagesIn(now)];
  for (const { server, because } of are.values()) {
    if (!were.has(server)) log.warn({ server }, `Out of order, and asked again from time to time: ${because}`);
  }
  for (const { server, since } of were.values()) if (!are.has(server)) log.info({ server, since }, 'In order again');
}

function outagesIn(standings: Standings) {
  return new Map([...standings.values()].flatMap(({ outage }) => (outage ? [[outage.server, outage] as const] : [])));
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
