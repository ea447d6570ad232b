import type { Store } from '../store/store.ts';

/** The stable shape of `eidolon archive list --json`. Times are ISO 8601 in UTC. */
export interface ArchiveSummary {
  readonly id: number;
  readonly persona: string;
  readonly corpus: string;
  readonly format: string;
  readonly name: string;
  readonly owner: readonly string[];
  readonly licence: string | null;
  readonly posts: number;
  readonly mine: number;
  /** Of the first and the last post of the owner's. */
  readonly from: string | null;
  readonly to: string | null;
  /** How often each rule left something out. */
  readonly omissions: Readonly<Record<string, number>>;
  readonly importedAt: string;
  readonly isFinished: boolean;
}

export interface ArchiveFilter {
  readonly persona?: string | undefined;
  readonly id?: number;
}

/** In the order in which they were first read. */
export async function readArchives(store: Store, { persona, id }: ArchiveFilter): Promise<ArchiveSummary[]> {
  let query = store.db
    .selectFrom('archives')
    .leftJoin('posts', 'posts.archive_id', 'archives.id')
    .selectAll('archives')
    .select(({ fn }) => [
      fn.count<number>('posts.id').as('posts'),
      fn.count<number>('posts.id').filterWhere('posts.mine', '=', 1).as('mine'),
      fn.min<string | null>('posts.time').filterWhere('posts.mine', '=', 1).as('from'),
      fn.max<string | null>('posts.time').filterWhere('posts.mine', '=', 1).as('to'),
    ])
    .groupBy('archives.id')
    .orderBy('archives.id');
  if (persona !== undefined) query = query.where('archives.persona', '=', persona);
  if (id !== undefined) query = query.where('archives.id', '=', id);
  return (await query.execute()).map((row) => ({
    id: row.id,
    persona: row.persona,
    corpus: row.corpus,
    format: row.format,
    name: row.name,
    owner: JSON.parse(row.owner),
    licence: row.licence,
    posts: row.posts,
    mine: row.mine,
    from: row.from,
    to: row.to,
    omissions: JSON.parse(row.omissions),
    importedAt: row.imported_at,
    isFinished: row.finished_at !== null,
  }));
}
