/** The values in a JSON entry, each with its place for messages. */
import type { Entry } from './format.ts';
import { type JsonOptions, jsonItemsByChunk } from './json-items.ts';
import type { Omission } from './post.ts';

export interface Found {
  /** Keys and positions from the root. */
  readonly path: readonly string[];
  readonly pattern: string;
  readonly value: unknown;
  /** Of its JSON, in bytes. */
  readonly size: number;
  readonly place: string;
}

/** As `jsonItems`, with what cannot be read as omissions. */
export async function* readJson(entry: Entry, patterns: readonly string[]): AsyncGenerator<Found | Omission> {
  for await (const found of readJsonByChunk(entry, patterns)) yield* found;
}

/** The same, those of a chunk of bytes together: for files with millions of them. */
export async function* readJsonByChunk(
  entry: Entry,
  patterns: readonly string[],
  options: JsonOptions = {},
): AsyncGenerator<readonly (Found | Omission)[]> {
  for await (const items of jsonItemsByChunk(await entry.open(), patterns, options)) {
    yield items.map(({ path, pattern, value, size, broken }) => {
      const place = `${entry.path}, ${path.join('/')}`;
      if (broken === undefined) return { path, pattern, value, size, place };
      return { omitted: broken === 'cut off' ? broken : 'unreadable', place: `${place}: ${broken}` };
    });
  }
}

/** Those of `readJson` that could be read. */
export async function* findJson(entry: Entry, patterns: readonly string[]): AsyncGenerator<Found> {
  for await (const found of readJson(entry, patterns)) if (!('omitted' in found)) yield found;
}

/** The first bytes of an entry as text, for detection; '' where there are none. */
export async function headOf(entry: Entry, bytes = 4096): Promise<string> {
  return (await entry.head(bytes)).toString('utf8');
}
