import type { Store } from '../store/store.ts';

/** How one post stood, each time that it was looked at; times are ISO 8601 in UTC. */
export interface SeenOutcome {
  readonly at: string;
  readonly likes: number;
  readonly boosts: number;
  readonly replies: number;
  /** It was not there any more: the numbers are those of before. */
  readonly isGone: boolean;
}

/** What a boost or an answer says of a post, in likes. */
const BOOST = 2;
const REPLY = 3;

/** How well a post was taken: that of one in a thousand counts by its logarithm. */
export function worthOf({ likes, boosts, replies }: Pick<SeenOutcome, 'likes' | 'boosts' | 'replies'>): number {
  return Math.log1p(likes + BOOST * boosts + REPLY * replies);
}

export interface MeasuredPost extends SeenOutcome {
  readonly publishedAt: string;
  readonly prompt: string | null;
  /** As it was written, and stands there still as far as is known: neither the owner's own nor taken back. */
  readonly isGenerated: boolean;
}

/** A persona's posts that were published, oldest first, each as it stood when it was looked at last. Replies are none. */
export async function measuredPosts({ db }: Pick<Store, 'db'>, persona: string): Promise<readonly MeasuredPost[]> {
  const rows = await db
    .selectFrom('outcomes')
    .innerJoin('drafts', 'drafts.id', 'outcomes.draft_id')
    .select(['drafts.published_at', 'drafts.prompt', 'drafts.provenance', 'drafts.status'])
    .select(['outcomes.at', 'outcomes.likes', 'outcomes.boosts', 'outcomes.replies', 'outcomes.is_gone'])
    .where('drafts.persona', '=', persona)
    .where('drafts.kind', '=', 'post')
    .where('drafts.published_at', 'is not', null)
    .where('outcomes.id', 'in', (query) =>
      query
        .selectFrom('outcomes')
        .select(({ fn }) => fn.max('id').as('id'))
        .groupBy('draft_id'),
    )
    .orderBy('drafts.published_at')
    .execute();
  return rows.map(({ published_at, provenance, status, is_gone, ...row }) => ({
    ...row,
    publishedAt: published_at ?? '',
    isGone: is_gone === 1,
    isGenerated: provenance === 'generated' && status === 'published',
  }));
}

/** Oldest first. */
export async function outcomesOf({ db }: Store, draftId: number): Promise<readonly SeenOutcome[]> {
  const rows = await db
    .selectFrom('outcomes')
    .select(['at', 'likes', 'boosts', 'replies', 'is_gone'])
    .where('draft_id', '=', draftId)
    .orderBy('id')
    .execute();
  return rows.map(({ is_gone, ...row }) => ({ ...row, isGone: is_gone === 1 }));
}
