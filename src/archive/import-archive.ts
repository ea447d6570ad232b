/** Reads an export into the store, in batches: stopped anywhere, it can be run again, and run twice, it adds nothing. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { sql } from 'kysely';
import { type Store, transaction } from '../store/store.ts';
import { readForgotten } from './forgotten.ts';
import type { Export, Format, Hints, Mark, Me } from './format.ts';
import type { Omission, Post } from './post.ts';
import { fingerprintsFor, readReached, writeReached } from './reached.ts';
import { type Limit, readInTime } from './read-in-time.ts';
import { dropLonePosts, storePosts } from './store-posts.ts';
import { watchExport } from './watch-export.ts';

export interface Import {
  readonly persona: string;
  /** `mine`, or the name of another author's. */
  readonly corpus: string;
  readonly licence?: string | undefined;
  readonly archive: Export;
  readonly format: Format;
  /** All by which the owner is recognised: what the export says and what the person adds. */
  readonly me: Me;
  readonly includePrivate: boolean;
  readonly hints?: Hints | undefined;
  readonly limit?: Limit | undefined;
  readonly now: Date;
}

export interface Watching {
  /** Called first, when an earlier import of the same export did not come to its end: where it came to. */
  readonly onResume?: (earlier: Resumed) => void;
  readonly onProgress?: (progress: Progress) => void;
  readonly onOmission?: (omission: Omission) => void;
  /** Aborted, the import ends after the batch at hand. */
  readonly signal?: AbortSignal;
}

export interface Resumed extends Pick<Progress, 'bytesRead' | 'posts'> {
  /** Nothing before that is read again. */
  readonly goesOn: boolean;
}

export interface Progress {
  readonly bytesRead: number;
  /** Of `bytesRead`, what an earlier import had read. */
  readonly bytesBefore: number;
  /** Of everything in the export, also of what this format does not read. */
  readonly bytes: number;
  readonly posts: number;
}

export interface Imported {
  readonly archiveId: number;
  /** New in the store. */
  readonly added: number;
  /** That may be stored: what is omitted is not among them. */
  readonly read: { readonly mine: number; readonly others: number };
  /** In the export, by rule. */
  readonly omissions: Readonly<Record<string, number>>;
  /** By rule, the place of the first. */
  readonly places: Readonly<Record<string, string>>;
  readonly isFinished: boolean;
}

/** The rule that leaves out what others wrote where the owner wrote nothing. */
export const NOTHING_MINE = 'nothing of mine beside it';

const BATCH_POSTS = 250; // more live to be moved about by V8, and take an eighth longer
const BATCH_CHARACTERS = 1 << 19;

/** While an import writes: nothing is lost with its last batches when the power fails, as reading the export again brings them back; and pages that many batches change are moved from the log into the file but once. */
const WHILE_WRITING = ['synchronous = normal', 'wal_autocheckpoint = 8000'];
const AFTERWARDS = ['synchronous = full', 'wal_autocheckpoint = 1000', 'wal_checkpoint(truncate)'];

/** @throws UserError where the export cannot be read on; what was read until then stays. */
export async function importArchive(store: Store, job: Import, watching: Watching = {}): Promise<Imported> {
  const bytes = job.archive.entries.reduce((sum, { size }) => sum + size, 0);
  const { archiveId, stopped } = await archiveRow(store, job, bytes);
  const before = await countPosts(store, archiveId);
  const fingerprint = fingerprintsFor(job);
  /** As it was when all that was found before `mark` was dealt with. */
  let reached = stopped?.reached == null ? undefined : await readReached(stopped.reached, fingerprint);
  if (stopped) watching.onResume?.({ bytesRead: stopped.bytesRead, posts: before, goesOn: reached !== undefined });
  const from = reached?.mark;
  const bytesBefore = reached?.bytesRead ?? 0;
  const forgotten = await readForgotten(store, job.persona);
  const omissions: Record<string, number> = { ...reached?.omissions };
  const places: Record<string, string> = { ...reached?.places };
  const read = { mine: 0, others: 0, ...reached?.read };
  let mark: Mark | undefined;
  let bytesRead = bytesBefore;
  let posts = 0;
  let batch: Post[] = [];
  let characters = 0;

  const omit = (omission: Omission) => {
    omissions[omission.omitted] = (omissions[omission.omitted] ?? 0) + 1;
    places[omission.omitted] ??= omission.place;
    watching.onOmission?.(omission);
  };
  const flush = async () => {
    const full = batch;
    batch = [];
    characters = 0;
    const written = reached === undefined ? null : await writeReached(reached, fingerprint);
    await transaction(store, async (inside) => {
      await storePosts(inside, { persona: job.persona, archiveId }, full);
      await inside.db
        .updateTable('archives')
        .set({ bytes_read: bytesRead, reached: written })
        .where('id', '=', archiveId)
        .execute();
    });
    posts += full.length;
    watching.onProgress?.({ bytesRead, bytesBefore, bytes, posts });
  };
  const finish = (isFinished: boolean) =>
    transaction(store, async (inside): Promise<Imported> => {
      const lone = isFinished ? await dropLonePosts(inside, archiveId) : 0;
      if (lone > 0) omissions[NOTHING_MINE] = lone;
      read.others -= lone;
      await inside.db
        .updateTable('archives')
        .set({ omissions: JSON.stringify(omissions), bytes_read: isFinished ? bytes : bytesRead })
        .set(isFinished ? { finished_at: job.now.toISOString(), reached: null } : {})
        .where('id', '=', archiveId)
        .execute();
      return { archiveId, added: (await countPosts(inside, archiveId)) - before, read, omissions, places, isFinished };
    });

  const bytesIn = new Map<string, number>();
  /** Without what was read ahead. */
  const bytesBeforeMark = ({ path, offset }: Mark) => {
    let sum = bytesBefore;
    for (const [entry, count] of bytesIn) {
      if (entry === path) return sum + offset - (path === from?.path ? from.offset : 0);
      sum += count;
    }
    return sum;
  };
  const onBytes = (bytesMore: number, entry: string) => {
    bytesRead += bytesMore;
    bytesIn.set(entry, (bytesIn.get(entry) ?? 0) + bytesMore);
    watching.onProgress?.({ bytesRead, bytesBefore, bytes, posts: posts + batch.length });
  };
  const watched = watchExport(job.archive, onBytes, job.format.readings);
  for (const pragma of WHILE_WRITING) await sql.raw(`pragma ${pragma}`).execute(store.db);
  try {
    const found = job.format.read(watched, job.me, job.hints, from);
    for await (const together of readInTime(found, job.limit, (at) => void (mark = at))) {
      for (const item of together) {
        if (watching.signal?.aborted) break;
        if ('omitted' in item) omit(item);
        else if (item.text.trim() === '') omit({ omitted: 'empty', place: item.id });
        else if (forgotten.has(item)) omit({ omitted: 'forgotten', place: item.id });
        else if (item.visibility === 'private' && !job.includePrivate) omit({ omitted: 'private', place: item.id });
        else {
          batch.push(item);
          read[item.mine ? 'mine' : 'others']++;
          characters += item.text.length;
          if (batch.length >= BATCH_POSTS || characters >= BATCH_CHARACTERS) await flush();
        }
      }
      if (watching.signal?.aborted) break;
      if (mark) {
        const counts = { read: { ...read }, omissions: { ...omissions }, places: { ...places } };
        reached = { mark, bytesRead: bytesBeforeMark(mark), ...counts };
      }
    }
  } finally {
    await flush();
    for (const pragma of AFTERWARDS) await sql.raw(`pragma ${pragma}`).execute(store.db);
  }
  return finish(!watching.signal?.aborted);
}

interface Stopped {
  readonly bytesRead: number;
  readonly reached: string | null;
}

/** The row of this export, found by its content, or a new one; unfinished until it is read to its end. `stopped`: how far an import came that was not finished. */
async function archiveRow(
  store: Store,
  job: Import,
  bytes: number,
): Promise<{ readonly archiveId: number; readonly stopped: Stopped | undefined }> {
  const hash = contentHash(job.archive);
  const earlier = await store.db
    .selectFrom('archives')
    .select(['bytes_read', 'reached', 'finished_at'])
    .where('persona', '=', job.persona)
    .where('corpus', '=', job.corpus)
    .where('format', '=', job.format.name)
    .where('content_hash', '=', hash)
    .executeTakeFirst();
  const { id } = await store.db
    .insertInto('archives')
    .values({
      persona: job.persona,
      corpus: job.corpus,
      format: job.format.name,
      name: job.archive.name
        .split(', ')
        .map((file) => path.basename(file))
        .join(', '),
      content_hash: hash,
      owner: JSON.stringify(job.me),
      licence: job.licence ?? null,
      bytes,
      imported_at: job.now.toISOString(),
    })
    .onConflict((conflict) =>
      conflict.columns(['persona', 'corpus', 'format', 'content_hash']).doUpdateSet({
        owner: JSON.stringify(job.me),
        ...(job.licence !== undefined && { licence: job.licence }),
        imported_at: job.now.toISOString(),
        finished_at: null,
      }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  const stopped =
    earlier?.finished_at === null ? { bytesRead: earlier.bytes_read, reached: earlier.reached } : undefined;
  return { archiveId: id, stopped };
}

/** Of the listing alone: the content of a large export takes minutes to read. */
function contentHash({ entries }: Export): string {
  const hash = createHash('sha256');
  for (const line of entries.map(({ path, size }) => `${path} ${size}\n`).sort()) hash.update(line);
  return hash.digest('hex');
}

async function countPosts(store: Store, archiveId: number): Promise<number> {
  const { count } = await store.db
    .selectFrom('posts')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('archive_id', '=', archiveId)
    .executeTakeFirstOrThrow();
  return count;
}
