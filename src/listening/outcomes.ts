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
