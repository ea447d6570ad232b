import { sql } from 'kysely';
import { type Store, transaction } from './store.ts';

/** Takes words out of the store so that they are not in its file either, whatever is deleted or written over by `work`. */
export async function forgetForGood<Result>(store: Store, work: (inside: Store) => Promise<Result>): Promise<Result> {
  await sql`pragma secure_delete = on`.execute(store.db); // or the words stay in the file until something overwrites them
  const result = await transaction(store, work);
  await sql`pragma wal_checkpoint(truncate)`.execute(store.db);
  return result;
}
