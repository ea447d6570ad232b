/** Lines of JSON: each object is one text. */
import type { Entry, Format } from '../format.ts';
import { parseLossless } from '../json-items.ts';
import { type Columns, columnsAmong, rowToPost } from '../text-columns.ts';
import { textLines } from '../text-lines.ts';
import { OWNER, writtenEntries } from '../written-text.ts';

const ENDING = /\.(jsonl|ndjson)$/i;
/** In characters. */
const LONGEST_LINE = 4 << 20;

export function jsonl(given: Columns = {}): Format {
  return {
    name: 'jsonl',
    title: 'JSON lines: an object for each text',
    detect: async (archive) => writtenEntries(archive, ENDING).length > 0,

    async owner(archive) {
      for (const entry of writtenEntries(archive, ENDING)) {
        for await (const { columns } of objects(entry, given)) if (columns.author !== undefined) return [];
      }
      return [OWNER];
    },

    async *read(archive, me) {
      for (const entry of writtenEntries(archive, ENDING)) {
        for await (const { object, columns, line, size } of objects(entry, given)) {
          const place = `${entry.path}:${line}`;
          if (!object) yield { omitted: 'unreadable', place };
          else {
            const read = () => rowToPost('jsonl', object, columns, me) ?? { omitted: 'empty', place };
            yield { place, size, read };
          }
        }
      }
    },
  };
}

interface Line {
  readonly columns: Columns;
  /** Undefined where the line is no object. */
  readonly object: Readonly<Record<string, unknown>> | undefined;
  readonly line: number;
  /** In characters. */
  readonly size: number;
}

/** What each column means is decided once, by the first object that has a text. */
async function* objects(entry: Entry, given: Columns): AsyncGenerator<Line> {
  let columns: Columns | undefined;
  for await (const { number, text } of textLines(await entry.open(), LONGEST_LINE)) {
    if (text.trim() === '') continue;
    const object = parseObject(text);
    if (object) columns ??= columnsAmong(Object.keys(object), given, `${entry.path}:${number}`);
    yield { columns: columns ?? {}, object, line: number, size: text.length };
  }
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = parseLossless(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
