/** What people say to a persona, without a network. */
import type { Author, Mention, Network, ThreadPost } from '../../src/publishing/network.ts';
import type { Store } from '../../src/store/store.ts';

export const NOON = new Date('2026-06-01T12:00Z');
export const ACCOUNT = 'mastodon:example.social/1';

export function person(name: string, changes: Partial<Author> = {}): Author {
  return { id: `id of ${name}`, name: `@${name}`, displayName: name, isBot: false, refusesBots: false, ...changes };
}

/** A minute before noon, unless it says otherwise. */
export function post(id: string, text: string, changes: Partial<ThreadPost> = {}): ThreadPost {
  return {
    id,
    url: `https://example.social/${id}`,
    author: person('bob'),
    isOwn: false,
    text,
    at: '2026-06-01T11:59:00.000Z',
    inReplyTo: null,
    visibility: 'public',
    language: 'en',
    ...changes,
  };
}

export const ownPost = (id: string, text: string, changes: Partial<ThreadPost> = {}) =>
  post(id, text, { author: person('ada'), isOwn: true, ...changes });

/** A network on which these posts mention the persona, in this order, and whose threads follow from what answers what. */
export function heardOn(posts: readonly ThreadPost[], others: readonly ThreadPost[] = []) {
  const asked: (string | null)[] = [];
  const mentions: Network['mentions'] = async function* (since): AsyncGenerator<Mention> {
    asked.push(since);
    for (const [index, one] of posts.entries())
      if (index > Number(since ?? -1)) yield { cursor: String(index), post: one };
  };
  const all = new Map([...others, ...posts].map((one) => [one.id, one]));
  const thread: Network['thread'] = async (id) => {
    const chain: ThreadPost[] = [];
    for (let one = all.get(id); one; one = one.inReplyTo === null ? undefined : all.get(one.inReplyTo))
      chain.unshift(one);
    return chain;
  };
  return { name: 'fake', mentions, thread, asked };
}

/** `[author, status, reason]` of each mention, in the order in which it was taken in. */
export async function mentionsIn({ db }: Store) {
  const rows = await db.selectFrom('mentions').selectAll().orderBy('id').execute();
  return rows.map(({ author_name, status, reason }) => [author_name, status, reason]);
}
