/** Attempts at publishing as the store keeps them: what was sent, as whom, since when, and when it is looked for next. */
import { randomUUID } from 'node:crypto';
import type { Claim } from '../queue/claim.ts';
import { move } from '../queue/status.ts';
import { type Store, transaction } from '../store/store.ts';
import type { Status } from '../store/tables.ts';
import type { PostOptions, PublishedPost, SentPost } from './network.ts';

export interface Attempt extends SentPost {
  readonly id: number;
  readonly draftId: number;
  /** Where the draft stands: `publishing`, or `uncertain` when this attempt was made earlier. */
  readonly status: Status;
  /** By `Network.identity`. */
  readonly account: string;
  /** How often it was tried to send it, also in vain. */
  readonly tries: number;
  /** Looks in a row that brought no answer. */
  readonly failedLooks: number;
  /** What the last try brought. */
  readonly error: string | null;
  /** Which post of its thread, from 0 on. */
  readonly part: number;
  /** The texts of the thread; null: it is one post. */
  readonly parts: readonly string[] | null;
}

export type NewAttempt = Pick<Claim, 'draftId'> &
  Pick<SentPost, 'text' | 'inReplyTo' | 'isThread' | 'key' | 'options' | 'cursor' | 'attempts'> &
  Pick<Attempt, 'part' | 'parts'> &
  Partial<Pick<Attempt, 'mediaIds'>> & {
    readonly account: string;
    readonly network: string;
    readonly tries: number;
    /** When it was first sent under its key; null: now. */
    readonly startedAt: string | null;
  };

/** Committed by the caller before anything is sent. */
export async function beginAttempt({ db }: Store, post: NewAttempt, now: Date): Promise<Attempt> {
  const at = now.toISOString();
  const { id } = await db
    .insertInto('attempts')
    .values({
      draft_id: post.draftId,
      network: post.network,
      account: post.account,
      key: post.key,
      payload: post.text,
      options: JSON.stringify(post.options),
      cursor: post.cursor,
      started_at: at,
      first_sent_at: post.startedAt,
      sends: post.attempts,
      part: post.part,
      in_reply_to: post.inReplyTo,
      media_ids: post.mediaIds ? JSON.stringify(post.mediaIds) : null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const startedAt = post.startedAt ?? at;
  const { network: _, ...rest } = post;
  const mediaIds = post.mediaIds ?? null;
  return {
    ...rest,
    mediaIds,
    id,
    status: 'publishing',
    startedAt,
    lastSentAt: at,
    missedAt: null,
    failedLooks: 0,
    error: null,
  };
}

/** Drafts whose posts may or may not be there, those given to their owner left out. */
export function unsettled({ db }: Pick<Store, 'db'>) {
  return db
    .selectFrom('attempts')
    .innerJoin('drafts', 'drafts.id', 'attempts.draft_id')
    .where('drafts.status', 'in', ['publishing', 'uncertain'])
    .where('drafts.held_at', 'is', null)
    .where('attempts.id', '=', ({ selectFrom }) =>
      selectFrom('attempts as newest')
        .whereRef('newest.draft_id', '=', 'attempts.draft_id')
        .select(({ fn }) => fn.max('newest.id').as('id')),
    );
}

/** The newest attempt of every draft of the persona that is to be looked for now. */
export async function attemptsToSettle(store: Store, persona: string, now: Date): Promise<readonly Attempt[]> {
  const rows = await unsettled(store)
    .selectAll('attempts')
    .select(['drafts.status', 'drafts.in_reply_to as answered', 'drafts.parts'])
    .select(({ selectFrom }) =>
      selectFrom('attempts as all')
        .whereRef('all.key', '=', 'attempts.key')
        .select(({ fn }) => fn.countAll<number>().as('tries'))
        .as('tries'),
    )
    .where('drafts.persona', '=', persona)
    .where(({ eb, or }) => or([eb('attempts.look_at', 'is', null), eb('attempts.look_at', '<=', now.toISOString())]))
    .orderBy('attempts.id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    draftId: row.draft_id,
    status: row.status,
    account: row.account ?? '',
    key: row.key,
    text: row.payload,
    inReplyTo: row.in_reply_to ?? row.answered,
    isThread: row.part > 0,
    part: row.part,
    parts: row.parts === null ? null : JSON.parse(row.parts),
    options: JSON.parse(row.options),
    mediaIds: row.media_ids === null ? null : JSON.parse(row.media_ids),
    cursor: row.cursor,
    startedAt: row.first_sent_at ?? row.started_at,
    lastSentAt: row.started_at,
    missedAt: row.missed_at,
    attempts: row.sends,
    tries: Number(row.tries),
    failedLooks: row.failed_looks,
    error: row.error,
  }));
}

/** Whether another post may not be sent yet, since one of the persona or of its account may or may not be there. */
export async function hasUnsettled(store: Store, persona: string, account?: string): Promise<boolean> {
  const row = await unsettled(store)
    .select('attempts.id')
    .where(({ eb, or }) =>
      or([
        eb('drafts.persona', '=', persona),
        ...(account === undefined ? [] : [eb('attempts.account', '=', account)]),
      ]),
    )
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The draft that this post is of already, if another one is. */
export async function otherDraftOf({ db }: Store, attempt: Attempt, postId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('attempts')
    .select('draft_id')
    .where('account', '=', attempt.account)
    .where('post_id', '=', postId)
    .where('draft_id', '<>', attempt.draftId)
    .executeTakeFirst();
  return row?.draft_id;
}

/** Of a thread, what comes next: begun in the same transaction, so that a crash finds the one or the other. Null: all is there. */
export async function finishPublished(
  store: Store,
  attempt: Attempt,
  post: PublishedPost,
  { network, now }: { readonly network: string; readonly now: Date },
): Promise<Attempt | null> {
  const { url, id, notice = null } = post;
  return transaction(store, async (inside) => {
    await set(inside, attempt, { outcome: 'published', url, post_id: id, notice, finished_at: now.toISOString() });
    const { draftId, account, part, parts } = attempt;
    if (parts !== null && part + 1 < parts.length) {
      if (attempt.status === 'uncertain') await moved(inside, attempt, 'publishing', {});
      const options = optionsOfNext(attempt.options);
      const next = nextInThread({ draftId, parts, part: part + 1, options, before: id });
      return beginAttempt(inside, { ...next, account, network }, now);
    }
    const [first] = await postedParts(inside, draftId);
    await moved(inside, attempt, 'published', {
      url: first?.url ?? url,
      post_id: first?.id ?? id,
      reason: null,
      published_at: now.toISOString(),
    });
    return null;
  });
}

export interface NextInThread {
  readonly draftId: number;
  readonly parts: readonly string[];
  readonly part: number;
  /** Of this post. */
  readonly options: PostOptions;
  /** The id of the post before it. */
  readonly before: string;
}

export function nextInThread({ draftId, parts, part, options, before }: NextInThread) {
  return {
    draftId,
    parts,
    part,
    options,
    text: parts[part]!,
    inReplyTo: before,
    isThread: true,
    key: randomUUID(),
    cursor: before.startsWith('http') ? null : before, // an address is all that its owner may know of it
    attempts: 1,
    tries: 1,
    startedAt: null,
  };
}

/** Pictures are the first post's; who may reply is said there for the whole thread; and one post of it is enough for a timeline of all. */
export function optionsOfNext({ media: _, replySettings: __, ...options }: PostOptions): PostOptions {
  return options.visibility === 'public' ? { ...options, visibility: 'unlisted' } : options;
}

export interface PostedPart {
  readonly attemptId: number;
  readonly part: number;
  readonly id: string;
  readonly url: string;
  /** By `Network.identity`. */
  readonly account: string | null;
}

/** What of a draft is on its network, in order; of a post that is none of a thread, itself. */
export async function postedParts({ db }: Pick<Store, 'db'>, draftId: number): Promise<readonly PostedPart[]> {
  const rows = await db
    .selectFrom('attempts')
    .select(['id', 'part', 'post_id', 'url', 'account'])
    .where('draft_id', '=', draftId)
    .where('outcome', '=', 'published')
    .where('removed_at', 'is', null)
    .orderBy('part')
    .execute();
  return rows.map(({ id, part, post_id, url, account }) => ({
    attemptId: id,
    part,
    id: post_id ?? url ?? '',
    url: url ?? '',
    account,
  }));
}

/** Certainly not there, and given back: tried again at `publishAt` under a new key, or as its owner decides. */
export async function finishRefused(
  store: Store,
  attempt: Attempt,
  { reason, publishAt, now }: { readonly reason: string; readonly publishAt: Date | null; readonly now: Date },
): Promise<void> {
  await transaction(store, async (inside) => {
    await set(inside, attempt, { outcome: 'refused', error: reason, finished_at: now.toISOString() });
    if (publishAt) await moved(inside, attempt, 'approved', { reason, publish_at: publishAt.toISOString() });
    else await moved(inside, attempt, 'failed', { reason });
  });
}

/** Certainly not there, and not to be sent any more. */
export async function finishExpired(store: Store, attempt: Attempt, reason: string, now: Date): Promise<void> {
  await transaction(store, async (inside) => {
    await set(inside, attempt, { outcome: 'refused', error: reason, finished_at: now.toISOString() });
    const uncertain = { ...attempt, status: 'uncertain' as const };
    if (attempt.status === 'publishing') await moved(inside, attempt, 'uncertain', { reason });
    await moved(inside, uncertain, 'expired', { reason });
  });
}

export interface Unknown {
  readonly reason: string;
  readonly now: Date;
  /** null: at once. */
  readonly lookAt: Date | null;
  /** Found not to be there, this time. */
  readonly isMissed?: boolean;
  readonly failedLooks?: number;
  /** This time it was certainly not sent: only what was sent before it counts. */
  readonly wasNotSent?: boolean;
}

/** It may be there: looked for at `lookAt`, before anything else is sent. */
export async function leaveUncertain(store: Store, attempt: Attempt, unknown: Unknown): Promise<void> {
  const { reason, now, lookAt, isMissed = false, failedLooks = 0, wasNotSent = false } = unknown;
  await transaction(store, async (inside) => {
    await set(inside, attempt, {
      outcome: 'unknown',
      error: reason,
      finished_at: now.toISOString(),
      look_at: lookAt?.toISOString() ?? null,
      failed_looks: failedLooks,
      missed_at: attempt.missedAt ?? (isMissed ? now.toISOString() : null),
      ...(wasNotSent && { sends: attempt.attempts - 1 }),
    });
    if (attempt.status === 'publishing') await moved(inside, attempt, 'uncertain', { reason });
  });
}

/** Given to its owner, who says what became of it: the program never sends it again by itself. */
export async function hold(store: Store, attempt: Attempt, reason: string, now: Date): Promise<void> {
  await transaction(store, async (inside) => {
    await leaveUncertain(inside, attempt, { reason, now, lookAt: null });
    await inside.db
      .updateTable('drafts')
      .set({ held_at: now.toISOString(), reason })
      .where('id', '=', attempt.draftId)
      .where('status', '=', 'uncertain')
      .execute();
  });
}

/** Before the post that shows them is sent. */
export async function keepMedia(
  { db }: Store,
  { id }: Pick<Attempt, 'id'>,
  mediaIds: readonly string[],
): Promise<void> {
  await db
    .updateTable('attempts')
    .set({ media_ids: JSON.stringify(mediaIds) })
    .where('id', '=', id)
    .execute();
}

/** Servers throw pictures away that no post shows, after a day. */
const MEDIA_LAST_MS = 12 * 3_600_000;

/** Certainly not there: the same again, under its key, as a new attempt that is committed before it is sent. */
export async function beginAgain(store: Store, attempt: Attempt, network: string, now: Date): Promise<Attempt> {
  return transaction(store, async (inside) => {
    await set(inside, attempt, { outcome: 'unknown', error: 'not found on the network; sent again' });
    if (attempt.status === 'uncertain') await moved(inside, attempt, 'publishing', {});
    const { attempts, tries, startedAt } = attempt;
    const mediaIds = now.getTime() - Date.parse(startedAt) < MEDIA_LAST_MS ? attempt.mediaIds : null;
    return beginAttempt(inside, { ...attempt, mediaIds, network, attempts: attempts + 1, tries: tries + 1 }, now);
  });
}

type Row = {
  readonly outcome: 'published' | 'refused' | 'unknown';
  readonly url?: string;
  readonly error?: string;
  readonly finished_at?: string;
  readonly look_at?: string | null;
  readonly missed_at?: string | null;
  readonly failed_looks?: number;
  readonly sends?: number;
  readonly post_id?: string;
  readonly notice?: string | null;
};

async function set({ db }: Store, attempt: Attempt, row: Row): Promise<void> {
  await db.updateTable('attempts').set(row).where('id', '=', attempt.id).execute();
}

async function moved(store: Store, attempt: Attempt, to: Status, patch: Parameters<typeof move>[3]): Promise<void> {
  const won = await move(store, attempt.draftId, { from: attempt.status, to }, patch);
  if (!won) throw new Error(`Draft ${attempt.draftId} was published by two processes at once`);
}
