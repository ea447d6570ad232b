/** An export whose files are at hand, and what a format makes of it. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Entry, Export, Format, Hints } from '../../src/archive/format.ts';
import type { Omission, Post } from '../../src/archive/post.ts';
import { readInTime } from '../../src/archive/read-in-time.ts';

export type Files = Readonly<Record<string, string | Buffer>>;

export function inMemory(files: Files, name = 'export'): Export {
  const entries = Object.entries(files).map(([path, content]): Entry => {
    const bytes = Buffer.from(content);
    const open = async () => Readable.from(chunksOf(bytes, 1000), { objectMode: false });
    return { path, size: bytes.length, open, head: async (length) => bytes.subarray(0, length) };
  });
  return { name, entries };
}

function chunksOf(bytes: Buffer, size: number): Buffer[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

export function fixtureFiles(name: string): Files {
  const folder = path.join(import.meta.dirname, 'fixtures', name);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return Object.fromEntries(
    files
      .map((file) => path.join(file.parentPath, file.name))
      .sort()
      .map((file) => [path.relative(folder, file).split(path.sep).join('/'), readFileSync(file)]),
  );
}

export interface Reading {
  readonly posts: readonly Post[];
  readonly omissions: readonly Omission[];
}

export async function readAll(
  format: Format,
  archive: Export,
  me: readonly string[] = [],
  hints: Hints = {},
): Promise<Reading> {
  const all = (await Array.fromAsync(readInTime(format.read(archive, me, hints)))).flat();
  return {
    posts: all.filter((one): one is Post => !('omitted' in one)),
    omissions: all.filter((one): one is Omission => 'omitted' in one),
  };
}

/** Posts as a golden has them: whose, by whom, when, what. */
export function rowsOf({ posts }: Reading): string[] {
  return posts.map(({ mine, author, time, text }) => `${mine ? 'mine' : 'theirs'} | ${author.id} | ${time} | ${text}`);
}

/** How many were omitted by each rule. */
export function countsOf({ omissions }: Reading): Record<string, number> {
  const rules = omissions.map(({ omitted }) => omitted).sort();
  return Object.fromEntries(
    Object.entries(Object.groupBy(rules, (rule) => rule)).map(([rule, all]) => [rule, all!.length]),
  );
}
