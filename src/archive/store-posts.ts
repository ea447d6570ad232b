/** Posts as rows: each is stored once, whatever exports it comes in. */
import { CompiledQuery, expressionBuilder, type Selectable, sql } from 'kysely';
import type { Store } from '../store/store.ts';
import type { PostsTable, Tables } from '../store/tables.ts';
import type { Post } from './post.ts';

const ROWS_PER_STATEMENT = 100;

/**
 * Of a post that is there already, whether it is mine may be learned anew, from its own archive or from another that knows;
 * and when it was, from its own archive. Its SQL is written out, as building it from millions of values takes longer than SQLite takes to run it.
 */
export async function storePosts(
  store: Store,
  { persona, archiveId }: { readonly persona: string; readonly archiveId: number },
  posts: readonly Post[],
): Promise<void> {
  for (let start = 0; start < posts.length; start += ROWS_PER_STATEMENT) {
    const rows = posts.slice(start, start + ROWS_PER_STATEMENT).map((post) => rowOf(post, persona, archiveId));
    const values = rows.flatMap((row) => COLUMNS.map((column) => row[column]));
    await store.db.executeQuery(CompiledQuery.raw(insertion(rows.length), values));
  }
}

type Row = Omit<Selectable<PostsTable>, 'id'>;

const COLUMNS = [
  'archive_id',
  'persona',
  'service',
  'post_id',
  'author_id',
  'author_name',
  'mine',
  'time',
  'text',
  'markup',
  'kind',
  'visibility',
  'title',
  'thread',
  'in_reply_to',
  'url',
  'language',
  'tags',
] as const satisfies (keyof Row)[];

function insertion(rows: number): string {
  return `
    insert into posts (${COLUMNS.join(', ')})
    values ${Array(rows)
      .fill(`(${COLUMNS.map(() => '?').join(', ')})`)
      .join(', ')}
    on conflict (persona, service, post_id) do update
      set mine = iif(archive_id = excluded.archive_id, excluded.mine, max(mine, excluded.mine)),
        time = iif(archive_id = excluded.archive_id, excluded.time, time)
      where mine <> excluded.mine or (archive_id = excluded.archive_id and time is not excluded.time)`;
}

function rowOf(post: Post, persona: string, archiveId: number): Row {
  return {
    archive_id: archiveId,
    persona,
    service: post.service,
    post_id: post.id,
    author_id: post.author.id,
    author_name: post.author.name ?? null,
    mine: post.mine ? 1 : 0,
    time: post.time,
    text: post.text,
    markup: post.markup,
    kind: post.kind,
    visibility: post.visibility,
    title: post.title ?? null,
    thread: post.thread ?? null,
    in_reply_to: post.inReplyTo ?? null,
    url: post.url ?? null,
    language: post.language ?? null,
    tags: JSON.stringify(post.tags ?? []),
  };
}

/** Drops what others wrote where the owner wrote nothing beside it: it is the context of nothing. Returns how many. */
export async function dropLonePosts(store: Store, archiveId: number): Promise<number> {
  const { numDeletedRows } = await store.db
    .deleteFrom('posts')
    .where('archive_id', '=', archiveId)
    .where('mine', '=', 0)
    .where(({ not, exists }) => not(exists(ownPosts('own.thread', 'posts.thread'))))
    .where(({ not, exists }) => not(exists(ownPosts('own.in_reply_to', 'posts.post_id'))))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** The owner's posts of which `column` has the value that `other` has in the row around. By an index: `mine` is no parameter. */
function ownPosts(column: 'own.thread' | 'own.in_reply_to', other: 'posts.thread' | 'posts.post_id') {
  return expressionBuilder<Tables, 'posts'>()
    .selectFrom('posts as own')
    .select('own.id')
    .whereRef('own.persona', '=', 'posts.persona')
    .whereRef('own.service', '=', 'posts.service')
    .whereRef(column, '=', other)
    .where('own.mine', '=', sql.lit(1));
}
