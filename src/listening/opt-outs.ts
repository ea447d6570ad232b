/** Those who asked not to be answered: kept for good, and what was meant for them does not go out. */
import { move } from '../queue/status.ts';
import { type Store, transaction } from '../store/store.ts';

export interface OptOut {
  readonly persona: string;
  readonly account: string;
  readonly authorId: string;
  readonly authorName: string;
}

/** By id, and by name: an account may have moved to another server and back. */
export async function hasOptedOut({ db }: Store, { persona, account, authorId, authorName }: OptOut): Promise<boolean> {
  const row = await db
    .selectFrom('opt_outs')
    .select('at')
    .where('persona', '=', persona)
    .where(({ eb, and, or }) =>
      or([and([eb('account', '=', account), eb('author_id', '=', authorId)]), eb('author_name', '=', authorName)]),
    )
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Nothing more is answered, and replies that wait or are approved are withdrawn; one that is being sent is not stopped. */
export async function optOut(store: Store, who: OptOut, now: Date): Promise<void> {
  await transaction(store, async (inside) => {
    const { persona, account, authorId, authorName } = who;
    await inside.db
      .insertInto('opt_outs')
      .values({ persona, account, author_id: authorId, author_name: authorName, at: now.toISOString() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const reason = `${authorName} asked not to be answered`;
    await inside.db
      .updateTable('mentions')
      .set({ status: 'passed over', reason: 'its author asked not to be answered', text: null })
      .where('persona', '=', persona)
      .where('author_name', '=', authorName)
      .where('status', '=', 'waiting')
      .execute();
    const drafts = await inside.db
      .selectFrom('mentions')
      .innerJoin('drafts', 'drafts.id', 'mentions.draft_id')
      .select(['drafts.id', 'drafts.status'])
      .where('mentions.persona', '=', persona)
      .where('mentions.author_name', '=', authorName)
      .where('drafts.status', 'in', ['pending', 'approved', 'failed'])
      .execute();
    for (const { id, status } of drafts) {
      const to = status === 'pending' ? 'expired' : 'rejected';
      await move(inside, id, { from: status, to }, { reason, decided_at: now.toISOString() });
    }
  });
}
