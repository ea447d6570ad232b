/** The network that is a table in the store: the default, and every persona's rehearsal. */
import type { Store } from '../store/store.ts';
import type { Network } from './network.ts';
import type { Account } from './networks.ts';

export function localNetwork({ store, persona, now }: Account): Network {
  const find = async (key: string) =>
    (await store.db.selectFrom('timeline').select('url').where('key', '=', key).executeTakeFirst()) ?? null;

  return {
    name: 'local',
    async publish({ text, key, inReplyTo }) {
      await store.db
        .insertInto('timeline')
        .values({ persona, text, key, in_reply_to: inReplyTo, published_at: now().toISOString() })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .execute();
      const { url } = (await find(key))!;
      return { url };
    },
    find: ({ key }) => find(key),
  };
}

export interface TimelinePost {
  readonly id: number;
  readonly persona: string;
  readonly text: string;
  readonly url: string;
  readonly publishedAt: string;
  readonly inReplyTo: string | null;
}

/** Oldest first, from the one after `afterId` on; the stable shape of `eidolon timeline --json`. */
export async function readTimeline(store: Store, persona?: string, afterId = 0): Promise<readonly TimelinePost[]> {
  let query = store.db.selectFrom('timeline').selectAll().where('id', '>', afterId).orderBy('id');
  if (persona !== undefined) query = query.where('persona', '=', persona);
  return (await query.execute()).map((row) => ({
    id: row.id,
    persona: row.persona,
    text: row.text,
    url: row.url,
    publishedAt: row.published_at,
    inReplyTo: row.in_reply_to,
  }));
}
