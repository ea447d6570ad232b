/** How the work of a persona's nights stands. */
import type { Persona } from '../../persona/persona.ts';
import type { Store } from '../../store/store.ts';
import type { NightKind, NightOutcome } from '../../store/tables.ts';
import { nextNight } from './night.ts';
import { lastNight, readNights } from './read-nights.ts';

/** Times are ISO 8601 in UTC. */
export interface NightStatus {
  readonly kind: NightKind;
  /** The soonest that it begins or goes on, where there is something to do. */
  readonly next: string;
  readonly isRunning: boolean;
  readonly last: {
    readonly startedAt: string;
    readonly finishedAt: string | null;
    /** null: it runs, or was cut off with the daemon that began it. */
    readonly outcome: NightOutcome | null;
    readonly told: string | null;
  } | null;
}

export async function nightStatuses(
  store: Store,
  persona: Persona,
  { now, daemonSince }: { readonly now: Date; readonly daemonSince: string | null },
): Promise<readonly NightStatus[]> {
  const nights = await readNights(store, { persona, since: new Date(0) });
  return Promise.all(
    nights.map(async (night) => {
      const row = await lastNight(store, persona.name, night.kind);
      const last = row
        ? { startedAt: row.started_at, finishedAt: row.finished_at, outcome: row.outcome, told: row.told }
        : null;
      const isRunning = last?.outcome === null && daemonSince !== null && daemonSince <= last.startedAt;
      return { kind: night.kind, next: nextNight(night, now).toISOString(), isRunning, last };
    }),
  );
}
