/** One writer an account: two personas of one account, or two threads, never post to it at once. Knows nothing of what is posted. */
import { randomUUID } from 'node:crypto';
import { type Store, transaction } from '../store/store.ts';

export interface WriterOptions {
  /** By `Network.identity`. */
  readonly account: string;
  readonly now: () => Date;
}

/** A killed writer is in the way for as long. */
export const LEASE_MS = 60_000;
const RENEWED_MS = LEASE_MS / 3;

/** Runs `work` as the only writer of the account; `busy`, without having run it, where another one is at it. */
export async function asWriter<T>(
  store: Store,
  { account, now }: WriterOptions,
  work: () => Promise<T>,
): Promise<T | 'busy'> {
  const holder = randomUUID();
  const until = () => new Date(now().getTime() + LEASE_MS).toISOString();
  const isOurs = await transaction(store, async ({ db }) => {
    await db.deleteFrom('writers').where('account', '=', account).where('until', '<=', now().toISOString()).execute();
    const taken = await db
      .insertInto('writers')
      .values({ account, holder, until: until() })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return taken.numInsertedOrUpdatedRows === 1n;
  });
  if (!isOurs) return 'busy';

  const ours = () => store.db.updateTable('writers').where('account', '=', account).where('holder', '=', holder);
  const renewing = setInterval(() => {
    // Where the store is busy for so long, the next renewal comes in time.
    void ours()
      .set({ until: until() })
      .execute()
      .catch(() => {});
  }, RENEWED_MS);
  renewing.unref(); // the work itself keeps the process, if anything does
  try {
    return await work();
  } finally {
    clearInterval(renewing);
    await store.db.deleteFrom('writers').where('account', '=', account).where('holder', '=', holder).execute();
  }
}
