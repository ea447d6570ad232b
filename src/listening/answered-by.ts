import type { Store } from '../store/store.ts';
import type { MentionsTable } from '../store/tables.ts';
import { type KeptPost, readKeptThread } from './kept-thread.ts';

/** What a reply answers. */
export interface Answered {
  /** Who wrote it, and where it is. */
  readonly author: string;
  readonly url: string;
  readonly visibility: MentionsTable['visibility'];
  readonly at: string;
  readonly seenAt: string;
  /** Up to the post that is answered, oldest first. */
  readonly thread: readonly KeptPost[];
}

/** By draft; of posts there is nothing. */
export async function answeredBy({ db }: Store, draftIds: readonly number[]): Promise<ReadonlyMap<number, Answered>> {
  if (draftIds.length === 0) return new Map();
  const rows = await db.selectFrom('mentions').selectAll().where('draft_id', 'in', draftIds).execute();
  return new Map(
    rows.map(({ draft_id, author_name, url, visibility, at, seen_at, thread }) => [
      draft_id!,
      { author: author_name, url, visibility, at, seenAt: seen_at, thread: readKeptThread(thread) },
    ]),
  );
}
