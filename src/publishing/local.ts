/** The network that is a table in the store: the default, and every persona's rehearsal. */
import type { Store } from '../store/store.ts';
import type { Account } from './account.ts';
import type { Network, ThreadPost } from './network.ts';

export function localNetwork({ store, persona: { name: persona }, now }: Account<'local'>): Network {
  const find = async (key: string) => {
    const row = await store.db.selectFrom('timeline').select(['id', 'url']).where('key', '=', key).executeTakeFirst();
    return row && { id: String(row.id), url: row.url };
  };

  return {
    name: 'local',
    identity: async () => `local:${persona}`,
    length: { max: Number.POSITIVE_INFINITY, count: (text) => [...text].length },
    verify: async () => ({
      id: persona,
      name: persona,
      url: `local:${persona}`,
      isBot: null,
      discloses: true,
      scopes: null,
      limits: [],
      rules: [],
    }),
    newestOwnId: async () => {
      const own = store.db.selectFrom('timeline').select('id').where('persona', '=', persona);
      const newest = await own.orderBy('id', 'desc').limit(1).executeTakeFirst();
      return newest ? String(newest.id) : null;
    },
    async publish({ text, key, inReplyTo }) {
      await store.db
        .insertInto('timeline')
        .values({ persona, text, key, in_reply_to: inReplyTo, published_at: now().toISOString() })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .execute();
      return (await find(key))!;
    },
    find: async ({ key }) => {
      const found = await find(key);
      return found ? { kind: 'there', ...found } : { kind: 'absent' };
    },
    async *mentions() {},
    thread: (id) => readThread(store, persona, id),
    outcome: async () => ({ likes: 0, boosts: 0, replies: 0 }),
    remove: async (id) => {
      await store.db.deleteFrom('timeline').where('id', '=', Number(id)).where('persona', '=', persona).execute();
    },
  };
}

async function readThread(store: Store, persona: string, id: string): Promise<readonly ThreadPost[]> {
  const timeline = await readTimeline(store);
  const thread: TimelinePost[] = [];
  let post = timeline.find((one) => String(one.id) === id);
  while (post) {
    const { inReplyTo } = post;
    thread.unshift(post);
    post = inReplyTo === null ? undefined : timeline.find(({ url }) => url === inReplyTo);
  }
  return thread.map((post) => ({
    id: String(post.id),
    url: post.url,
    author: { id: post.persona, name: post.persona, displayName: post.persona, isBot: true, refusesBots: false },
    isOwn: post.persona === persona,
    text: post.text,
    at: post.publishedAt,
    inReplyTo: post.inReplyTo,
    visibility: 'public',
    language: null,
  }));
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
