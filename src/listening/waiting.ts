/** Mentions that wait for an answer: which is next, and what becomes of it. */
import type { Selectable } from 'kysely';
import type { Persona } from '../persona/persona.ts';
import type { ThreadPost } from '../publishing/network.ts';
import { type Store, transaction } from '../store/store.ts';
import type { MentionsTable } from '../store/tables.ts';
import { keptThread } from './kept-thread.ts';
import { nextToAnswer } from './next-to-answer.ts';
import { passOver } from './pass-over.ts';

export type WaitingRow = Selectable<MentionsTable>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Drafts that were not turned down: each is, was or may become an answer that somebody reads. */
const STANDING = ['pending', 'approved', 'publishing', 'published', 'uncertain'] as const;

/** Standing replies since a time, or in one conversation. */
export async function countReplies(
  { db }: Pick<Store, 'db'>,
  persona: string,
  where: { readonly since: Date } | { readonly conversationId: number },
): Promise<number> {
  let replies = db
    .selectFrom('drafts')
    .innerJoin('mentions', 'mentions.draft_id', 'drafts.id')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('drafts.persona', '=', persona)
    .where('drafts.kind', '=', 'reply')
    .where('drafts.status', 'in', STANDING);
  if ('since' in where) replies = replies.where('drafts.created_at', '>', where.since.toISOString());
  else replies = replies.where('mentions.conversation_id', '=', where.conversationId);
  return Number((await replies.executeTakeFirstOrThrow()).count);
}

/** How often each person was answered in the last 24 hours. */
export async function repliesByAuthor({ db }: Store, persona: string, now: Date): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('drafts')
    .innerJoin('mentions', 'mentions.draft_id', 'drafts.id')
    .select('mentions.author_id')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('drafts.persona', '=', persona)
    .where('drafts.status', 'in', STANDING)
    .where('drafts.created_at', '>', new Date(now.getTime() - DAY_MS).toISOString())
    .groupBy('mentions.author_id')
    .execute();
  return new Map(rows.map(({ author_id, count }) => [author_id, Number(count)]));
}

/** Whether the hour has had its replies. */
export async function isHourFull(
  store: Store,
  { name, schedule }: Pick<Persona, 'name' | 'schedule'>,
  now: Date,
): Promise<boolean> {
  const replies = await countReplies(store, name, { since: new Date(now.getTime() - HOUR_MS) });
  return replies >= schedule.replies.perHour;
}

/** The mention to answer now; null where none is, or the hour has had its replies. Those that waited too long go. */
export async function nextMention(store: Store, persona: Persona, now: Date): Promise<WaitingRow | null> {
  await dropStale(store, persona.name, new Date(now.getTime() - persona.schedule.replies.expireAfterMs));
  if (await isHourFull(store, persona, now)) return null;
  const rows = await store.db
    .selectFrom('mentions')
    .selectAll()
    .where('persona', '=', persona.name)
    .where('status', '=', 'waiting')
    .where(({ eb, or }) => or([eb('retry_at', 'is', null), eb('retry_at', '<=', now.toISOString())]))
    .execute();
  const waiting = rows.map((row) => ({ ...row, authorId: row.author_id }));
  return nextToAnswer(waiting, await repliesByAuthor(store, persona.name, now)) ?? null;
}

export interface WaitingMentions {
  readonly count: number;
  /** When the oldest was posted; ISO 8601 in UTC. */
  readonly oldest: string | null;
  /** Why none of them is answered now; null: nothing keeps it from them. */
  readonly because: string | null;
}

/** Those that `nextMention` would take in their turn. Reads only. */
export async function waitingMentions(
  store: Store,
  { name, schedule }: Pick<Persona, 'name' | 'schedule'>,
  now: Date,
): Promise<WaitingMentions> {
  const { perHour, expireAfterMs } = schedule.replies;
  const rows = await store.db
    .selectFrom('mentions')
    .select(['at', 'retry_at'])
    .where('persona', '=', name)
    .where('status', '=', 'waiting')
    .where('at', '>=', new Date(now.getTime() - expireAfterMs).toISOString())
    .orderBy('at')
    .execute();
  const replies = await countReplies(store, name, { since: new Date(now.getTime() - HOUR_MS) });
  const isLater = rows.length > 0 && rows.every(({ retry_at: at }) => at !== null && at > now.toISOString());
  return {
    count: rows.length,
    oldest: rows[0]?.at ?? null,
    because:
      rows.length > 0 && replies >= perHour
        ? perHour === 0
          ? 'it answers nobody (schedule.replies.perHour: 0)'
          : `${replies} of ${perHour} replies an hour are written`
        : isLater
          ? 'an answer was tried in vain, and is tried again later'
          : null,
  };
}

async function dropStale(store: Store, persona: string, before: Date): Promise<void> {
  const stale = await store.db
    .selectFrom('mentions')
    .select('id')
    .where('persona', '=', persona)
    .where('status', '=', 'waiting')
    .where('at', '<', before.toISOString())
    .execute();
  const ids = stale.map(({ id }) => id);
  await passOver(store, ids, 'it waited too long for its turn');
}

/** Posts of a thread by which it is recognised: a mention that was answered is among them, or nobody spoke for long. */
const NEAREST = 500;

/** The conversation that a thread belongs to, new or known: a network may show a long one from its middle. */
export async function conversationOf(
  store: Store,
  { persona, account, thread, now }: { persona: string; account: string; thread: readonly ThreadPost[]; now: Date },
): Promise<number> {
  return transaction(store, async ({ db }) => {
    const ids = thread.map(({ id }) => id);
    const known = await db
      .selectFrom('mentions')
      .select('conversation_id as id')
      .where('persona', '=', persona)
      .where('account', '=', account)
      .where('post_id', 'in', ids.slice(-NEAREST))
      .where('conversation_id', 'is not', null)
      .orderBy('id')
      .limit(1)
      .executeTakeFirst();
    if (known?.id != null) return known.id;
    const root = ids[0] ?? '';
    const { id } = await db
      .insertInto('conversations')
      .values({ persona, account, root, began_at: now.toISOString() })
      .onConflict((conflict) => conflict.columns(['persona', 'account', 'root']).doUpdateSet({ root }))
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  });
}

/** What this person said to the persona before and was answered, newest first. */
export async function earlierWords({ db }: Store, { persona, author_id, id }: WaitingRow): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('mentions')
    .select('text')
    .where('persona', '=', persona)
    .where('author_id', '=', author_id)
    .where('id', '<>', id)
    .where('status', '=', 'answered')
    .orderBy('id', 'desc')
    .limit(20)
    .execute();
  return rows.flatMap(({ text }) => text ?? []);
}

const FIRST_RETRY_MS = 60_000;
const MOST_TRIES = 3;

/** An answer did not come about: later again, and after some times never. */
export async function putOff(store: Store, { id, tries }: WaitingRow, reason: string, now: Date): Promise<void> {
  if (tries + 1 >= MOST_TRIES) return passOver(store, [id], reason);
  const retryAt = new Date(now.getTime() + FIRST_RETRY_MS * 4 ** tries);
  await store.db
    .updateTable('mentions')
    .set({ tries: tries + 1, retry_at: retryAt.toISOString() })
    .where('id', '=', id)
    .where('status', '=', 'waiting')
    .execute();
}

export interface Answered {
  readonly draftId: number;
  readonly conversationId: number;
  readonly thread: readonly ThreadPost[];
}

/** In the transaction that makes the draft, and that saw it waiting. */
export async function markAnswered({ db }: Store, id: number, answered: Answered): Promise<void> {
  await db
    .updateTable('mentions')
    .set({
      status: 'answered',
      draft_id: answered.draftId,
      conversation_id: answered.conversationId,
      thread: keptThread(answered.thread),
      retry_at: null,
    })
    .where('id', '=', id)
    .execute();
}
