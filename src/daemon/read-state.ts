import type { Persona } from '../persona/persona.ts';
import type { Store } from '../store/store.ts';
import type { PersonaState } from './due-jobs.ts';

/** What the store says of each persona. Rounds before `since`, when its folder was last taken up, count as another try's. */
export async function readState(
  { db }: Store,
  personas: readonly { readonly persona: Persona; readonly since: Date }[],
): Promise<readonly PersonaState[]> {
  const names = personas.map(({ persona }) => persona.name);
  if (names.length === 0) return [];
  const drafts = await db
    .selectFrom('drafts')
    .select(['persona', 'status'])
    .select(({ fn }) => [
      fn.countAll<number>().as('count'),
      fn.min('publish_at').as('first'),
      fn.max('published_at').as('last'),
    ])
    .where('persona', 'in', names)
    .groupBy(['persona', 'status'])
    .execute();
  const attempts = await db
    .selectFrom('attempts')
    .innerJoin('drafts', 'drafts.id', 'attempts.draft_id')
    .select('drafts.persona')
    .select(({ fn }) => fn.max('attempts.finished_at').as('last'))
    .where('drafts.persona', 'in', names)
    .where('drafts.status', 'in', ['publishing', 'uncertain'])
    .groupBy('drafts.persona')
    .execute();

  return Promise.all(
    personas.map(async ({ persona, since }) => {
      const of = (...statuses: readonly string[]) =>
        drafts.filter((row) => row.persona === persona.name && statuses.includes(row.status));
      const count = (rows: typeof drafts) => rows.reduce((sum, row) => sum + Number(row.count), 0);
      const silence = await silentRounds({ db }, persona.name, since);
      return {
        name: persona.name,
        posts: persona.schedule.posts,
        ahead: persona.queue.ahead,
        waiting: count(of('pending', 'approved')),
        publishAt: dateOf(of('approved')[0]?.first),
        lastPost: dateOf(of('published')[0]?.last),
        silentRounds: silence.length,
        lastRound: dateOf(silence[0]?.created_at),
        unsettled: count(of('publishing', 'uncertain')),
        lastAttempt: dateOf(attempts.find((row) => row.persona === persona.name)?.last),
      };
    }),
  );
}

/** Newest first: those since the last one that brought something. */
function silentRounds({ db }: Pick<Store, 'db'>, persona: string, since: Date) {
  return db
    .selectFrom('rounds')
    .select('created_at')
    .where('persona', '=', persona)
    .where('draft_id', 'is', null)
    .where('created_at', '>=', since.toISOString())
    .where('id', '>', ({ selectFrom, lit }) =>
      selectFrom('rounds')
        .select(({ fn }) => fn.coalesce(fn.max('id'), lit(0)).as('id'))
        .where('persona', '=', persona)
        .where('outcome', '=', 'kept'),
    )
    .orderBy('id', 'desc')
    .execute();
}

function dateOf(time: string | null | undefined): Date | null {
  return time == null ? null : new Date(time);
}
