/** Takes posts out of the store for good, and keeps them out. */
import { type Selectable, sql } from 'kysely';
import { type Store, transaction } from '../store/store.ts';
import type { PostsTable } from '../store/tables.ts';
import { plainWords, rememberForgotten } from './forgotten.ts';

export type StoredPost = Pick<Selectable<PostsTable>, 'id' | 'service' | 'post_id' | 'text' | 'url' | 'time'>;

/** Some words of a post must be enough to mean it. In letters and digits. */
const SHORTEST_QUOTE = 12;

/** The persona's posts with this id (`x:123` or `123`) or this address; else those with these very words; else those that contain them. */
export async function findPosts(store: Store, persona: string, what: string): Promise<StoredPost[]> {
  const [, service, id] = /^([a-z-]+):(.+)$/s.exec(what) ?? [];
  const posts = store.db
    .selectFrom('posts')
    .select(['id', 'service', 'post_id', 'text', 'url', 'time'])
    .where('persona', '=', persona);
  const named = await posts
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

  const words = plainWords(what);
  if (words === '') return [];
  const same: StoredPost[] = [];
  const containing: StoredPost[] = [];
  for await (const post of posts.stream()) {
    const found = plainWords(post.text);
    if (found === words) same.push(post);
    else if (words.length >= SHORTEST_QUOTE && found.includes(words)) containing.push(post);
  }
  return same.length > 0 ? same : containing;
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
