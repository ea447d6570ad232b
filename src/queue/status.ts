/** What a draft can become, and the one way to make it so. */
import type { Updateable } from 'kysely';
import type { Store } from '../store/store.ts';
import type { DraftsTable, Status } from '../store/tables.ts';

const MOVES = {
  pending: ['approved', 'rejected', 'expired'],
  approved: ['publishing', 'pending', 'rejected', 'expired'], // pending: the approval was undone; expired: it could not be sent
  publishing: ['published', 'failed', 'uncertain', 'approved'], // approved: certainly not sent, to be tried again
  // publishing: certainly not there, sent again under the same key; the others: so, or as its owner said
  uncertain: ['published', 'publishing', 'approved', 'rejected', 'expired'],
  failed: ['approved', 'rejected', 'pending'], // pending: what was posted of it was taken back
  rejected: ['pending'], // the rejection was undone
  published: ['pending'], // taken back from its network
  expired: [],
} as const satisfies Record<Status, readonly Status[]>;

export function movesFrom(status: Status): readonly Status[] {
  return MOVES[status];
}

/**
 * Compare-and-set, so that of two processes that race for one draft only one wins: false when it was no longer `from`.
 * @throws when drafts never go from `from` to `to`.
 */
export async function move(
  store: Store,
  id: number,
  { from, to }: { readonly from: Status; readonly to: Status },
  patch: Omit<Updateable<DraftsTable>, 'id' | 'status'> = {},
): Promise<boolean> {
  if (!movesFrom(from).includes(to)) throw new Error(`A draft cannot go from ${from} to ${to}`);
  const { numUpdatedRows } = await store.db
    .updateTable('drafts')
    .set({ ...patch, status: to })
    .where('id', '=', id)
    .where('status', '=', from)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
