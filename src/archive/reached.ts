/** How far an import has come, so that one that was stopped goes on there, if its files and all that it was told are the same. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Export, Hints, Mark, Me } from './format.ts';

const counts = z.record(z.string(), z.number());
const reachedSchema = z.object({
  /** Behind the last document that is dealt with, as are all before it. */
  mark: z.object({ path: z.string(), offset: z.number() }),
  bytesRead: z.number(),
  read: z.object({ mine: z.number(), others: z.number() }),
  omissions: counts,
  places: z.record(z.string(), z.string()),
});
export type Reached = z.output<typeof reachedSchema>;

interface Reading {
  readonly archive: Export;
  readonly me: Me;
  readonly includePrivate: boolean;
  readonly hints?: Hints | undefined;
}

/** Of the file with a mark, and of what changes how it is read. */
type Fingerprint = (mark: Mark) => Promise<string>;

export async function writeReached(reached: Reached, fingerprint: Fingerprint): Promise<string> {
  return JSON.stringify({ ...reached, of: await fingerprint(reached.mark) });
}

/** Undefined where it must begin again. */
export async function readReached(written: string, fingerprint: Fingerprint): Promise<Reached | undefined> {
  const { of, ...rest } = z.looseObject({ of: z.string() }).parse(JSON.parse(written));
  const reached = reachedSchema.parse(rest);
  return of === (await fingerprint(reached.mark)) ? reached : undefined;
}

const HEAD = 64 << 10; // bytes

/** Each file is looked at once. */
export function fingerprintsFor(reading: Reading): Fingerprint {
  const known = new Map<string, string>();
  return async ({ path }) => {
    const fingerprint = known.get(path) ?? (await fingerprintOf(path, reading));
    known.set(path, fingerprint);
    return fingerprint;
  };
}

async function fingerprintOf(path: string, { archive, me, includePrivate, hints = {} }: Reading): Promise<string> {
  const entry = archive.entries.find((one) => one.path === path);
  const told = [[...me].sort(), includePrivate, hints.zone ?? '', hints.dates ?? '', hints.tagsAsTalk ?? false];
  const hash = createHash('sha256').update(JSON.stringify([entry?.size, entry?.changedAt, told]));
  return hash.update((await entry?.head(HEAD)) ?? '').digest('hex');
}
