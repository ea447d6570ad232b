import { MEASURE_EVERY_MS } from '../../listening/measure.ts';
import { countReplies } from '../../listening/waiting.ts';
import type { Persona } from '../../persona/persona.ts';
import type { Store } from '../../store/store.ts';
import type { PersonaState, ReplyState } from './due-jobs.ts';

const HOUR_MS = 3_600_000;
/** Nobody answers a post that is older. */
const MEASURED_MS = 31 * 24 * HOUR_MS;

/** What the store says of who spoke to a persona and what it answers. */
export async function readReplies(
  store: Pick<Store, 'db'>,
  persona: Persona,
  now: Date,
): Promise<Pick<PersonaState, 'replies' | 'measureAt'>> {
  const { name, schedule } = persona;
  const hourAgo = new Date(now.getTime() - HOUR_MS);
  const drafts = await store.db
    .selectFrom('drafts')
    .select(({ fn }) => [
      fn.min('publish_at').filterWhere('status', '=', 'approved').as('publishAt'),
      fn.countAll<number>().filterWhere('published_at', '>', hourAgo.toISOString()).as('published'),
    ])
    .where('persona', '=', name)
    .where('kind', '=', 'reply')
    .where('status', 'in', ['approved', 'published'])
    .executeTakeFirstOrThrow();
  const { waiting } = await store.db
    .selectFrom('mentions')
    .select(({ fn }) => fn.countAll<number>().as('waiting'))
    .where('persona', '=', name)
    .where('status', '=', 'waiting')
    .where(({ eb, or }) => or([eb('retry_at', 'is', null), eb('retry_at', '<=', now.toISOString())]))
    .executeTakeFirstOrThrow();
  const replies: ReplyState = {
    most: schedule.replies.perHour,
    listenAt: await listenAt(store, persona),
    waiting: Number(waiting),
    written: await countReplies(store, name, { since: hourAgo }),
    publishAt: drafts.publishAt === null ? null : new Date(drafts.publishAt),
    published: Number(drafts.published),
  };
  return { replies, measureAt: await measureAt(store, name, now) };
}

/** The local timeline is in the store: there it is enough to listen when somebody spoke. */
async function listenAt({ db }: Pick<Store, 'db'>, { name, account, schedule }: Persona): Promise<Date | null> {
  if (schedule.replies.perHour === 0) return null;
  const row = await db.selectFrom('listening').select('looked_at').where('persona', '=', name).executeTakeFirst();
  const lookedAt = row?.looked_at ?? null;
  if (account.network !== 'local') {
    return new Date(lookedAt === null ? 0 : Date.parse(lookedAt) + schedule.replies.everyMs);
  }
  const said = await db
    .selectFrom('timeline')
    .select('published_at')
    .where('visitor', '=', 1)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return said && (lookedAt === null || said.published_at >= lookedAt) ? new Date(said.published_at) : null;
}

async function measureAt({ db }: Pick<Store, 'db'>, name: string, now: Date): Promise<Date | null> {
  const last = await db
    .selectFrom('drafts')
    .select(({ fn }) => fn.max('published_at').as('at'))
    .where('persona', '=', name)
    .where('status', '=', 'published')
    .executeTakeFirstOrThrow();
  if (last.at === null || Date.parse(last.at) < now.getTime() - MEASURED_MS) return null;
  const measured = await db
    .selectFrom('measuring')
    .select('measured_at as at')
    .where('persona', '=', name)
    .executeTakeFirst();
  return new Date(Date.parse(measured?.at ?? last.at) + MEASURE_EVERY_MS);
}
