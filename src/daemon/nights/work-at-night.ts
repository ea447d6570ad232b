/** The work of one night: begun, watched while another process does it, and written down with what became of it. */
import { UserError } from '../../errors.ts';
import { KEEPS_FREED_MEMORY } from '../../malloc.ts';
import type { Persona } from '../../persona/persona.ts';
import type { NightKind, NightOutcome } from '../../store/tables.ts';
import type { Job } from '../jobs/run-job.ts';
import { runApart } from './run-apart.ts';

/** A kind of work: a command that prints JSON lines, can be stopped at any time and goes on when it is given again. */
export interface NightWork {
  readonly kind: NightKind;
  /** What stands after `eidolon`. */
  readonly argv: (persona: Persona) => readonly string[];
  /** Reads each line; what it made of the last one that says anything is the end. Nothing: it was stopped before its end. */
  readonly read: (line: unknown, persona: Persona) => NightEnd | undefined;
}

export interface NightEnd {
  readonly outcome: NightOutcome;
  /** A sentence for the owner. */
  readonly told: string;
}

/** For the log. */
export interface NightNews {
  readonly kind: 'night';
  readonly work: NightKind;
  readonly outcome: NightOutcome | 'began';
  readonly told: string;
  /** Of the process that does it. */
  readonly pid?: number;
}

/** @throws UserError where the command could not do it; that is written down first. */
export async function workAtNight(job: Job, { kind, argv, read }: NightWork): Promise<readonly NightNews[]> {
  const { persona, store, home, now, signal, tell } = job;
  const row = await store.db
    .insertInto('nights')
    .values({ persona: persona.name, kind, started_at: now().toISOString() })
    .returning('id')
    .executeTakeFirstOrThrow();
  const finish = ({ outcome, told }: NightEnd) =>
    store.db
      .updateTable('nights')
      .set({ outcome, told, finished_at: now().toISOString() })
      .where('id', '=', row.id)
      .execute();

  let end: NightEnd = { outcome: 'stopped', told: 'It was stopped before its first step' };
  try {
    await runApart({
      home,
      argv: argv(persona),
      variables: KEEPS_FREED_MEMORY,
      signal,
      onStart: (pid) => tell({ kind: 'night', work: kind, outcome: 'began', told: `Night work begins: ${kind}`, pid }),
      onLine(line) {
        end = read(parsed(line), persona) ?? end;
      },
    });
  } catch (error) {
    await finish({ outcome: 'failed', told: error instanceof UserError ? error.message : String(error) });
    throw error;
  }
  await finish(end);
  return [{ kind: 'night', work: kind, ...end }];
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // what another library printed there
  }
}
