/** Takes posts out of the store for good, and keeps them out. */
import { type Selectable, sql } from 'kysely';
import { type Store, transaction } from '../store/store.ts';
import type { PostsTable } from '../store/tables.ts';
import { plainWords, rememberForgotten } from './forgotten.ts';
import { type Address, leadsTo, parseAddress } from './post-address.ts';

export type StoredPost = Pick<Selectable<PostsTable>, 'id' | 'service' | 'post_id' | 'text' | 'url' | 'time'>;

/** Some words of a post must be enough to mean it. In letters and digits. */
export const SHORTEST_QUOTE = 12;

/** The persona's posts with this id (`x:123` or `123`) or this address; else those with these very words; else those that contain them. */
export async function findPosts(store: Store, persona: string, what: string): Promise<StoredPost[]> {
  const [, service, id] = /^([a-z-]+):(.+)$/s.exec(what) ?? [];
  const named = await postsOf(store, persona)
    .where(({ eb, or, and }) =>
      or([
        eb('post_id', '=', what),
        eb('url', '=', what),
        ...(service === undefined || id === undefined
          ? []
          : [and([eb('service', '=', service), eb('post_id', '=', id)])]),
      ]),
    )
    .execute();
  if (named.length > 0) return named;
  const address = parseAddress(what);
  if (address) return postsAt(store, persona, address);
  const { same, containing } = await postsWithWords(store, persona, [what]);
  if (same.length > 0) return same;
  return plainWords(what).length >= SHORTEST_QUOTE ? containing : [];
}

/** Those that have the very words of one of `texts`, and those that have them among others. */
export async function postsWithWords(
  store: Store,
  persona: string,
  texts: readonly string[],
): Promise<{ readonly same: StoredPost[]; readonly containing: StoredPost[] }> {
  const quotes = new Set(texts.map(plainWords).filter((words) => words !== ''));
  const same: StoredPost[] = [];
  const containing: StoredPost[] = [];
  if (quotes.size === 0) return { same, containing };
  for await (const post of postsOf(store, persona).stream()) {
    const words = plainWords(post.text);
    if (quotes.has(words)) same.push(post);
    else if ([...quotes].some((quote) => words.includes(quote))) containing.push(post);
  }
  return { same, containing };
}

async function postsAt(store: Store, persona: string, address: Address): Promise<StoredPost[]> {
  let found: StoredPost[] = [];
  let surest = 1;
  for await (const post of postsOf(store, persona).stream()) {
    const sure = leadsTo(address, post);
    if (sure < surest) continue;
    if (sure > surest) found = [];
    surest = sure;
    found.push(post);
  }
  return found;
}

function postsOf(store: Store, persona: string) {
  return store.db
    .selectFrom('posts')
    .select(['id', 'service', 'post_id', 'text', 'url', 'time'])
    .where('persona', '=', persona);
}

/** Deletes `posts`, and remembers by hash them and `texts`: the owner's words for posts that are in no archive yet. */
export async function forgetPosts(
  store: Store,
  persona: string,
  {
    posts,
    texts,
    now,
  }: { readonly posts: readonly StoredPost[]; readonly texts: readonly string[]; readonly now: Date },
): Promise<void> {
  await sql`pragma secure_delete = on`.execute(store.db); // or the words stay in the file until something overwrites them
  await transaction(store, async (inside) => {
    const named = posts.map(({ service, post_id, text }) => ({ service, id: post_id, text }));
    const unnamed = texts.map((text) => ({ service: '', id: '', text }));
    await rememberForgotten(inside, persona, [...named, ...unnamed], now);
    for (const { id } of posts) await inside.db.deleteFrom('posts').where('id', '=', id).execute();
  });
  await sql`pragma wal_checkpoint(truncate)`.execute(store.db);
}
