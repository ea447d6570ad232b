/** What the store says of a persona's nights, and what persona.yaml allows in them. */
import type { Persona } from '../../persona/persona.ts';
import type { Store } from '../../store/store.ts';
import type { NightKind } from '../../store/tables.ts';
import type { NightState, Nights } from './night.ts';

export interface WatchedPersona {
  readonly persona: Persona;
  /** When it was last taken up. */
  readonly since: Date;
}

/** Every kind of work that the persona allows, with the hours for it. */
const HOURS: Record<NightKind, (persona: Persona) => Nights | undefined> = {
  train: ({ train }) => train.nights,
  learn: ({ learn }) => learn.nights,
};

export async function readNights(store: Pick<Store, 'db'>, { persona, since }: WatchedPersona): Promise<NightState[]> {
  const nights: NightState[] = [];
  for (const [kind, hoursOf] of Object.entries(HOURS) as [NightKind, (typeof HOURS)[NightKind]][]) {
    const hours = hoursOf(persona);
    if (!hours) continue;
    const last = await lastNight(store, persona.name, kind);
    nights.push({
      kind,
      hours,
      since,
      last: last ? { startedAt: new Date(last.started_at), outcome: last.outcome } : null,
    });
  }
  return nights;
}

export function lastNight({ db }: Pick<Store, 'db'>, persona: string, kind: NightKind) {
  return db
    .selectFrom('nights')
    .selectAll()
    .where('persona', '=', persona)
    .where('kind', '=', kind)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}
