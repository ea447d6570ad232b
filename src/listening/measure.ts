/** Looks at what came of posts: often while they are new, ever less often after. */
import { WorldError } from '../errors.ts';
import { askNetwork } from '../publishing/ask-network.ts';
import { AccountError, type Network } from '../publishing/network.ts';
import type { Holder } from '../publishing/networks.ts';
import type { Store } from '../store/store.ts';
import { outcomesOf } from './outcomes.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How old a post is when it is looked at; after the last of them nobody answers any more. */
export const AGES_MS = [15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY];
const OLDEST_MS = AGES_MS.at(-1)!;
/** Of one turn: each costs a request, and on some networks money. */
const MOST_POSTS = 20;

/** How often a persona's posts may be looked at. */
export const MEASURE_EVERY_MS = 15 * MINUTE;

/** When a post is looked at next; null: never again. An age that was slept through is not made up for. */
export function nextLook(publishedAt: Date, lastLook: Date | null): Date | null {
  const seenAt = lastLook === null ? 0 : lastLook.getTime() - publishedAt.getTime();
  const next = AGES_MS.find((age) => age > seenAt);
  return next === undefined ? null : new Date(publishedAt.getTime() + next);
}

export interface Measured {
  readonly kind: 'measured';
  readonly posts: number;
}

export async function measure(holder: Holder): Promise<readonly Measured[]> {
  const { store, persona, now } = holder;
  const due = await postsToLookAt(store, persona.name, now());
  const row = { persona: persona.name, measured_at: now().toISOString() };
  await store.db
    .insertInto('measuring')
    .values(row)
    .onConflict((conflict) => conflict.column('persona').doUpdateSet(row))
    .execute();
  if (due.length === 0) return [];
  const posts = await askNetwork(holder, async (network) => {
    for (const post of due) await lookAt(store, network, post, now());
    return due.length;
  });
  return posts === null ? [] : [{ kind: 'measured', posts }];
}

interface LookedAt {
  readonly draftId: number;
  readonly postId: string;
  readonly publishedAt: Date;
  readonly lastLook: Date | null;
}

async function postsToLookAt({ db }: Store, persona: string, now: Date): Promise<readonly LookedAt[]> {
  const rows = await db
    .selectFrom('drafts')
    .leftJoin('outcomes', 'outcomes.draft_id', 'drafts.id')
    .select(['drafts.id', 'drafts.post_id', 'drafts.published_at'])
    .select(({ fn }) => [fn.max('outcomes.at').as('last'), fn.max('outcomes.is_gone').as('gone')])
    .where('drafts.persona', '=', persona)
    .where('drafts.status', '=', 'published')
    .where('drafts.post_id', 'is not', null)
    .where('drafts.published_at', '>', new Date(now.getTime() - OLDEST_MS - DAY).toISOString())
    .groupBy('drafts.id')
    .execute();
  return rows
    .filter(({ gone }) => gone !== 1)
    .map(({ id, post_id, published_at, last }): LookedAt => {
      const lastLook = last === null ? null : new Date(last);
      return { draftId: id, postId: post_id!, publishedAt: new Date(published_at!), lastLook };
    })
    .map((post) => ({ post, at: nextLook(post.publishedAt, post.lastLook) }))
    .filter(({ at }) => at !== null && at <= now)
    .toSorted((a, b) => b.at!.getTime() - a.at!.getTime()) // the newest first: what is old hardly changes
    .slice(0, MOST_POSTS)
    .map(({ post }) => post);
}

/** @throws WorldError when the network cannot be asked now. */
async function lookAt(store: Store, network: Network, { draftId, postId }: LookedAt, now: Date): Promise<void> {
  const values = { draft_id: draftId, at: now.toISOString() };
  try {
    const { likes, boosts, replies } = await network.outcome(postId);
    await store.db
      .insertInto('outcomes')
      .values({ ...values, likes, boosts, replies })
      .execute();
  } catch (error) {
    if (!(error instanceof WorldError) || error.retryable || error instanceof AccountError) throw error;
    const { likes = 0, boosts = 0, replies = 0 } = (await outcomesOf(store, draftId)).at(-1) ?? {};
    await store.db
      .insertInto('outcomes')
      .values({ ...values, likes, boosts, replies, is_gone: 1 })
      .execute();
  }
}
