/** From a step of a training to the documents that it read, with where they came from, and back. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { PARTS } from '../../corpus/document.ts';
import { textLines } from '../../corpus/text-lines.ts';
import { DOCUMENTS } from '../data/training-corpora.ts';
import { readBatches } from './batch-log.ts';

const originSchema = z.object({
  corpus: z.string(),
  part: z.enum(PARTS),
  id: z.string(),
  /** The file that it was read from; absent of a corpus that somebody wrote, as are time and posts. */
  archive: z.string().optional(),
  /** ISO 8601 in UTC. */
  time: z.string().optional(),
  /** Those that it was joined from. */
  posts: z.array(z.string()).optional(),
});
export type Origin = z.output<typeof originSchema>;

export interface TracedPiece extends Origin {
  /** Of the step, from 1. */
  readonly row: number;
  /** Its tokens from `start` to before `end` were read; absent where all were. */
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/** What a step read, in its order; undefined where no such step is written down. */
export function tracedStep(folder: string, wanted: number): TracedPiece[] | undefined {
  const read = readBatches(folder).find(({ step }) => step === wanted);
  if (!read) return undefined;
  const names = new Set(read.rows.flat().map(([corpus, id]) => nameOf(corpus, id)));
  const origins = new Map<string, Origin>();
  for (const origin of readOrigins(folder)) {
    const name = nameOf(origin.corpus, origin.id);
    if (origin.part === 'train' && names.has(name)) origins.set(name, origin);
  }
  return read.rows.flatMap((row, index) =>
    row.map(([corpus, id, start, end]) => ({
      row: index + 1,
      ...(origins.get(nameOf(corpus, id)) ?? { corpus, part: 'train' as const, id }),
      ...(start !== undefined && { start, end }),
    })),
  );
}

export interface TracedDocument extends Origin {
  /** Those that read it, oldest first: a document of the other parts has none. */
  readonly steps: readonly number[];
}

/** The documents of a training that have this name, or a post of this name in them: `x:123` or `123`. */
export function tracedDocuments(folder: string, what: string): TracedDocument[] {
  const isMeant = (id: string) => id === what || id.endsWith(`:${what}`) || id.startsWith(`${what}#`);
  const found = readOrigins(folder)
    .filter(({ id, posts = [] }) => [id, ...posts].some(isMeant))
    .map((origin) => ({ ...origin, steps: [] as number[] }))
    .toArray();
  const learned = new Map(
    found.filter(({ part }) => part === 'train').map((one) => [nameOf(one.corpus, one.id), one] as const),
  );
  if (learned.size === 0) return found;
  for (const { step, rows } of readBatches(folder)) {
    for (const [corpus, id] of rows.flat()) {
      const steps = learned.get(nameOf(corpus, id))?.steps;
      if (steps?.at(-1) !== step) steps?.push(step);
    }
  }
  return found;
}

function* readOrigins(folder: string): Generator<Origin> {
  const file = path.join(folder, DOCUMENTS);
  if (!existsSync(file)) return;
  for (const { text } of textLines(file)) yield originSchema.parse(JSON.parse(text));
}

/** Two corpora may have a document of one name: a persona's answers are in its conversations too. */
function nameOf(corpus: string, id: string): string {
  return `${corpus} ${id}`;
}
