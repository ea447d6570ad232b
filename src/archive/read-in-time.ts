/** Reads the documents that a format has found. All of every format pass here, and none may take longer than its time. */
import type { Mark, Unread } from './format.ts';
import type { Omission, Post } from './post.ts';
import { withinTime } from './time-limit.ts';

/** How long a document may take, and what ends it when it takes longer. */
export interface Limit {
  /** A document has at least the half of it. */
  readonly documentMs: number;
  /** What `work` returns; undefined when it took longer. */
  within<T>(milliseconds: number, work: () => T): T | undefined;
}

const LIMIT: Limit = { documentMs: 10_000, within: withinTime };
/** Read under one limit, as setting it takes a tenth of a millisecond; few, as memory holds what is found and not read yet. */
const BATCH_SIZE = 256 << 10; // of `Unread.size`
const BATCH_DOCUMENTS = 1000;

/**
 * What the documents hold, in their order, some documents together. One that takes longer than `limit` allows is named,
 * and the next ones are read. `onMark` is told of each mark when its document is read. @throws what `found` throws, after all that was found before is read.
 */
export async function* readInTime(
  found: AsyncIterable<Unread | Omission>,
  limit = LIMIT,
  onMark?: (mark: Mark) => void,
): AsyncGenerator<readonly (Post | Omission)[]> {
  let batch: (Unread | Omission)[] = [];
  let size = 0;
  const readBatch = () => {
    const full = batch;
    batch = [];
    size = 0;
    return readAll(full, limit, onMark);
  };
  try {
    for await (const one of found) {
      batch.push(one);
      if ('size' in one) size += one.size;
      if (size >= BATCH_SIZE || batch.length >= BATCH_DOCUMENTS) yield readBatch();
    }
  } catch (error) {
    yield readBatch();
    throw error;
  }
  yield readBatch();
}

function readAll(
  batch: readonly (Unread | Omission)[],
  { documentMs, within }: Limit,
  onMark?: (mark: Mark) => void,
): (Post | Omission)[] {
  const read: ReturnType<Unread['read']>[] = [];
  const readOn = () => {
    const started = performance.now();
    // One that begins late under a limit would have little of it left.
    while (read.length < batch.length && performance.now() - started < documentMs / 2) {
      const one = batch[read.length]!;
      if (onMark && 'mark' in one && one.mark) onMark(one.mark);
      read.push('omitted' in one ? one : one.read());
    }
    return true;
  };
  while (read.length < batch.length) {
    if (!within(documentMs, readOn)) read.push({ omitted: 'took too long', place: batch[read.length]!.place });
  }
  return read.flat();
}
