import { sql } from 'kysely';
import type { Persona } from '../../persona/persona.ts';
import { readStandings } from '../../publishing/account-health.ts';
import { unsettled } from '../../publishing/attempts.ts';
import { longest } from '../../publishing/pace.ts';
import type { Store } from '../../store/store.ts';
import { readNights } from '../nights/read-nights.ts';
import { scheduleOf } from '../schedule/schedule-of.ts';
import type { PersonaState } from './due-jobs.ts';
import { readReplies } from './read-replies.ts';

/** What the store says of each persona. Rounds before `since`, when its folder was last taken up, count as another try's. */
export async function readState(
  store: Store,
  personas: readonly { readonly persona: Persona; readonly since: Date }[],
  now: Date,
): Promise<readonly PersonaState[]> {
  const { db } = store;
  const names = personas.map(({ persona }) => persona.name);
  if (names.length === 0) return [];
  const drafts = await db
    .selectFrom('drafts')
    .select(['persona', 'kind', 'status'])
    .select(({ fn }) => [
      fn.countAll<number>().as('count'),
      fn.min('publish_at').as('first'),
      fn.max('published_at').as('last'),
    ])
    .where('persona', 'in', names)
    .groupBy(['persona', 'kind', 'status'])
    .execute();
  const doubts = await unsettled({ db })
    .select(['drafts.persona', 'attempts.look_at'])
    .where('drafts.persona', 'in', names)
    .execute();
  const standings = await readStandings(
    { db },
    personas.map(({ persona }) => persona),
    now,
  );

  return Promise.all(
    personas.map(async (watched) => {
      const { persona, since } = watched;
      const of = (...statuses: readonly string[]) =>
        drafts.filter((row) => row.persona === persona.name && row.kind === 'post' && statuses.includes(row.status));
      const count = (rows: typeof drafts) => rows.reduce((sum, row) => sum + Number(row.count), 0);
      const looks = doubts.filter((row) => row.persona === persona.name).map(({ look_at }) => look_at ?? '');
      const standing = standings.get(persona.name)!;
      const silence = await silentRounds({ db }, persona.name, since);
      return {
        name: persona.name,
        posts: await scheduleOf(store, persona, now),
        ahead: persona.queue.ahead,
        waiting: count(of('pending', 'approved')),
        publishAt: dateOf(of('approved')[0]?.first),
        lastPost: dateOf(of('published')[0]?.last),
        ...(await readReplies({ db }, persona, now)),
        silentRounds: silence.length,
        lastRound: dateOf(silence[0]?.created_at),
        unsettled: looks.length,
        lookAt: dateOf(looks.toSorted()[0] || null),
        isPaused: standing.pause !== null,
        nights: await readNights({ db }, watched),
        waitUntil: dateOf(longest([standing.wait, standing.spending.necessaryReads])?.until),
        postsFrom: dateOf(standing.spending.posts?.until),
        readsFrom: dateOf(standing.spending.reads?.until),
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
    .where(sql`json_extract(request, '$.context')`, 'is', null) // those of replies are counted with what they answer
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
