/** The network that is a table in the store: the default, and every persona's rehearsal. */
import { randomUUID } from 'node:crypto';
import type { Selectable } from 'kysely';
import { UserError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { TimelineTable } from '../store/tables.ts';
import type { Account } from './account.ts';
import { type Mention, type Network, Refusal, type ThreadPost } from './network.ts';

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
        .values({
          persona,
          text,
          key,
          in_reply_to: inReplyTo === null ? null : await urlOf(store, inReplyTo),
          published_at: now().toISOString(),
        })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .execute();
      return (await find(key))!;
    },
    find: async ({ key }) => {
      const found = await find(key);
      return found ? { kind: 'there', ...found } : { kind: 'absent' };
    },
    mentions: (since) => readMentions(store, persona, since),
    thread: (id) => readThread(store, persona, id),
    async outcome(id) {
      const { url } = await postWith(store, id);
      const { count } = await store.db
        .selectFrom('timeline')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('in_reply_to', '=', url)
        .executeTakeFirstOrThrow();
      return { likes: 0, boosts: 0, replies: Number(count) };
    },
    edit: async (id, { text }) => {
      const own = store.db.updateTable('timeline').set({ text }).where('persona', '=', persona);
      await own.where('id', '=', Number(id)).execute();
    },
    remove: async (id) => {
      await store.db.deleteFrom('timeline').where('id', '=', Number(id)).where('persona', '=', persona).execute();
    },
  };
}

/** What a visitor said to the persona: by name, or in answer to it. Without `since`, of the newest page. */
async function* readMentions(store: Store, persona: string, since: string | null): AsyncGenerator<Mention> {
  const named = new RegExp(`(?<![\\p{L}\\p{N}_@.-])@${persona}(?![\\p{L}\\p{N}_-])`, 'iu');
  let after = since === null ? (await newestId(store)) - PAGE : Number(since);
  for (;;) {
    const rows = await store.db
      .selectFrom('timeline')
      .selectAll()
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE)
      .execute();
    for (const row of rows) {
      const isAnswer = row.in_reply_to?.startsWith(`local:${persona}/`) ?? false;
      if (row.persona === persona || (!isAnswer && !named.test(row.text))) continue;
      yield { cursor: String(row.id), post: threadPost(row, persona) };
    }
    const last = rows.at(-1);
    if (!last) return;
    after = last.id;
  }
}

const PAGE = 100;

async function newestId({ db }: Store): Promise<number> {
  const { id } = await db
    .selectFrom('timeline')
    .select(({ fn, lit }) => fn.coalesce(fn.max('id'), lit(0)).as('id'))
    .executeTakeFirstOrThrow();
  return Number(id);
}

/** Mentions name a post by its id, the timeline by its URL. */
async function urlOf(store: Store, inReplyTo: string): Promise<string> {
  return /^\d+$/.test(inReplyTo) ? (await postWith(store, inReplyTo)).url : inReplyTo;
}

async function postWith({ db }: Store, id: string) {
  const post = await db.selectFrom('timeline').selectAll().where('id', '=', Number(id)).executeTakeFirst();
  if (post) return post;
  throw new Refusal('The post is gone', { retryable: false });
}

/** What a model reads is shorter. */
const LONGEST_THREAD = 100;

async function readThread(store: Store, persona: string, id: string): Promise<readonly ThreadPost[]> {
  const thread = [await postWith(store, id)];
  while (thread.length < LONGEST_THREAD && thread[0]!.in_reply_to !== null) {
    const parents = store.db.selectFrom('timeline').selectAll().where('id', '=', idIn(thread[0]!.in_reply_to));
    const parent = await parents.executeTakeFirst();
    if (!parent || thread.some((one) => one.id === parent.id)) break;
    thread.unshift(parent);
  }
  return thread.map((post) => threadPost(post, persona));
}

/** `local:ada/3` → 3 */
function idIn(url: string): number {
  return Number(url.slice(url.lastIndexOf('/') + 1)) || 0;
}

function threadPost(row: Selectable<TimelineTable>, persona: string): ThreadPost {
  const { id, url, text, visitor } = row;
  return {
    id: String(id),
    url,
    author: {
      id: row.persona,
      name: `@${row.persona}`,
      displayName: row.persona,
      isBot: visitor === 0,
      refusesBots: false,
    },
    isOwn: visitor === 0 && row.persona === persona,
    text,
    at: row.published_at,
    inReplyTo: row.in_reply_to === null ? null : String(idIn(row.in_reply_to)),
    visibility: 'public',
    language: null,
  };
}

export interface Saying {
  /** Of the visitor; no persona's. */
  readonly name: string;
  readonly text: string;
  /** The URL of a post. */
  readonly inReplyTo: string | undefined;
  readonly now: Date;
}

/** The owner speaks on the local timeline, under a name of his choice. @throws UserError when there is no such post to reply to. */
export async function say(store: Store, { name, text, inReplyTo, now }: Saying): Promise<TimelinePost> {
  if (inReplyTo !== undefined) {
    const found = store.db.selectFrom('timeline').select('id').where('url', '=', inReplyTo);
    if (!(await found.executeTakeFirst())) {
      throw new UserError(`Expected the URL of a post to reply to, found "${inReplyTo}"`, {
        hint: 'See: eidolon timeline',
      });
    }
  }
  const { id } = await store.db
    .insertInto('timeline')
    .values({
      persona: name,
      visitor: 1,
      text,
      key: randomUUID(),
      in_reply_to: inReplyTo ?? null,
      published_at: now.toISOString(),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const [post] = await readTimeline(store, name, id - 1);
  return post!;
}

export interface SalonPost {
  readonly persona: string;
  readonly text: string;
  /** The URL of the turn that it answers; null of the first. */
  readonly inReplyTo: string | null;
  readonly now: Date;
}

/** A turn of personas who talk to each other here because their owner asked them to: a rehearsal, which leaves this disk no more than the timeline does. Returns its URL. */
export async function sayInSalon({ db }: Store, { persona, text, inReplyTo, now }: SalonPost): Promise<string> {
  const row = { persona, text, key: `salon:${randomUUID()}`, in_reply_to: inReplyTo, published_at: now.toISOString() };
  const { id } = await db.insertInto('timeline').values(row).returning('id').executeTakeFirstOrThrow();
  const { url } = await db.selectFrom('timeline').select('url').where('id', '=', id).executeTakeFirstOrThrow();
  return url;
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
