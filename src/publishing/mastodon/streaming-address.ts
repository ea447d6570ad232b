/** Where a server has its streams. It is kept across restarts and asked for once a day at most, so that no start costs a request. */
import { WorldError } from '../../errors.ts';
import type { Account } from '../account.ts';
import type { Server } from './server.ts';
import { readInstance } from './verify.ts';

const DAY = 86_400_000;

type Keeper = Pick<Account, 'store' | 'now'>;

/** @throws WorldError when the server was never asked for it, and cannot be now. */
export async function streamingAddress({ store: { db }, now }: Keeper, server: Server): Promise<string> {
  const known = await db
    .selectFrom('instances')
    .select(['streaming', 'streaming_told_at'])
    .where('server', '=', server.address)
    .executeTakeFirst();
  const before = known?.streaming ?? null;
  if (before !== null && known?.streaming_told_at) return before;
  const told_at = now().toISOString();
  try {
    const { streaming, maxCharacters, charactersPerLink } = await readInstance(server);
    const told = { streaming: streaming ?? server.address, streaming_told_at: told_at };
    await db
      .insertInto('instances')
      .values({
        server: server.address,
        max_characters: maxCharacters,
        characters_per_link: charactersPerLink,
        told_at,
        ...told,
      })
      .onConflict((conflict) => conflict.column('server').doUpdateSet(told))
      .execute();
    return told.streaming;
  } catch (error) {
    if (!(error instanceof WorldError) || before === null) throw error;
    await db
      .updateTable('instances')
      .set({ streaming_told_at: told_at })
      .where('server', '=', server.address)
      .execute();
    return before;
  }
}

/** Nothing came from there: it is asked for again, unless that was done today. */
export async function doubtStreaming({ store: { db }, now }: Keeper, server: Server): Promise<void> {
  await db
    .updateTable('instances')
    .set({ streaming_told_at: null })
    .where('server', '=', server.address)
    .where('streaming_told_at', '<', new Date(now().getTime() - DAY).toISOString())
    .execute();
}
