import type { Store } from '../store/store.ts';

/** What was said is forgotten, that it was said is not: it is never answered. */
export async function passOver({ db }: Store, ids: readonly number[], reason: string): Promise<void> {
  if (ids.length === 0) return;
  await db
    .updateTable('mentions')
    .set({ status: 'passed over', reason, text: null, retry_at: null })
    .where('id', 'in', ids)
    .where('status', '=', 'waiting')
    .execute();
}
