import type { Persona } from '../../persona/persona.ts';
import type { Store } from '../../store/store.ts';
import { nextSlot } from './schedule.ts';
import { scheduleOf } from './schedule-of.ts';

export interface SlotSeeker {
  readonly store: Store;
  readonly persona: Persona;
  readonly now: () => Date;
  readonly random: () => number;
}

/** A slot in the future that was given back by a rejection, else the next one; a persona that never wrote begins now. */
export async function freeSlot({ store, persona, now, random }: SlotSeeker): Promise<Date> {
  const drafts = await store.db
    .selectFrom('drafts')
    .select(['due_at', 'status'])
    .where('persona', '=', persona.name)
    .where('kind', '=', 'post')
    .execute();
  if (drafts.length === 0) return now();

  const isBack = (status: string) => status === 'rejected' || status === 'expired';
  const taken = new Set(drafts.filter(({ status }) => !isBack(status)).map(({ due_at }) => due_at));
  const givenBack = drafts
    .map(({ due_at }) => due_at)
    .filter((due) => !taken.has(due) && due > now().toISOString())
    .toSorted()[0];
  if (givenBack !== undefined) return new Date(givenBack);

  const last = new Date([...taken].toSorted().at(-1) ?? 0);
  return nextSlot(await scheduleOf(store, persona, now()), { last, earliest: now(), random });
}
