import { createHash } from 'node:crypto';
import { type Document, PARTS, type Part } from './document.ts';
import { partOf } from './split-corpus.ts';

/** Of the documents that have a time; the rest of them is for training. */
const SHARE = { validation: 0.05, test: 0.05 };
/** A thread that would make a part larger than this many times its share stays in training. */
const MOST = 2;

/**
 * Gives each document its part: the newest for the test, those before them for validation, all older ones for training, so
 * that nothing is learned from the future of what is tested. A thread stands on one side whole, at the time of its last
 * document. What has no time is placed by the hash of its thread or id.
 */
export function splitByTime(documents: readonly Document[]): Document[] {
  const threads = new Map<string, { time: string; size: number; part: Part | undefined }>();
  let dated = 0;
  for (const document of documents) {
    const thread = threads.get(threadOf(document)) ?? { time: '', size: 0, part: undefined };
    threads.set(threadOf(document), thread);
    thread.size++;
    if (document.time !== undefined && document.time > thread.time) thread.time = document.time;
  }
  for (const [key, thread] of threads) {
    if (thread.time === '') thread.part = partOf(key);
    else dated += thread.size;
  }
  const newestFirst = [...threads]
    .filter(([, { time }]) => time !== '')
    .sort(([a, { time: first }], [b, { time: second }]) => compare(second, first) || compare(b, a));
  const taken = { test: 0, validation: 0 };
  for (const [, thread] of newestFirst) {
    const part = (['test', 'validation'] as const).find((name) => taken[name] < SHARE[name] * dated);
    if (part === undefined || taken[part] + thread.size > Math.max(1, MOST * SHARE[part] * dated)) continue;
    taken[part] += thread.size;
    thread.part = part;
  }
  return documents.map((document) => ({ ...document, part: threads.get(threadOf(document))?.part ?? 'train' }));
}

function threadOf({ thread, id }: Document): string {
  return thread ?? id;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export interface PartSummary {
  readonly documents: number;
  /** SHA-256 of its ids and texts, and of what they answer, in their order: equal where a training would read the same. */
  readonly hash: string;
}

export function summariseParts(documents: readonly Document[]): Readonly<Record<Part, PartSummary>> {
  const hashes = PARTS.map((part) => ({ part, documents: 0, hash: createHash('sha256') }));
  for (const { id, text, part, context } of documents) {
    const summary = hashes.find((one) => one.part === (part ?? partOf(id)))!;
    summary.documents++;
    summary.hash.update(`${JSON.stringify([id, text, ...(context ? [context] : [])])}\n`);
  }
  const of = (name: Part): PartSummary => {
    const { documents: count, hash } = hashes.find(({ part }) => part === name)!;
    return { documents: count, hash: hash.digest('hex') };
  };
  return { train: of('train'), validation: of('validation'), test: of('test') };
}
