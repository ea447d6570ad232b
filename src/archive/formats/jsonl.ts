/** Lines of JSON: each object is one text. */
import type { Entry, Format } from '../format.ts';
import { parseLossless } from '../json-items.ts';
import { type Columns, columnsAmong, knownColumns, rowToPost } from '../text-columns.ts';
import { decoded } from '../text-encoding.ts';
import { linesOf } from '../text-lines.ts';
import { OWNER, writtenEntries } from '../written-text.ts';

const ENDING = /\.(jsonl|ndjson)$/i;
/** In characters. */
const LONGEST_LINE = 4 << 20;
/** Kinds of objects, by their fields; a file has few. */
const MOST_REMEMBERED = 1000;

export function jsonl(given: Columns = {}): Format {
  return {
    name: 'jsonl',
    sources: [{ service: 'JSON lines', where: 'a program or a data set', drop: '.jsonl, an object for each text' }],
    detect: async (archive) => writtenEntries(archive, ENDING).length > 0,

    async owner(archive) {
      for (const entry of writtenEntries(archive, ENDING)) {
        for await (const { columns } of objects(entry, given)) if (columns.author !== undefined) return [];
      }
      return [OWNER];
    },

    async *read(archive, me, hints) {
      for (const entry of writtenEntries(archive, ENDING)) {
        for await (const { object, columns, line, size } of objects(entry, given)) {
          const place = `${entry.path}:${line}`;
          if (!object) yield { omitted: 'unreadable', place };
          else {
            const read = () => rowToPost('jsonl', object, columns, me, hints) ?? { omitted: 'empty', place };
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

/** Objects need not have the same fields: what each means is decided for every one. @throws UserError at the end, where none has a text. */
async function* objects(entry: Entry, given: Columns): AsyncGenerator<Line> {
  const known = new Map<string, Columns>();
  let isText = false;
  let withoutText: { readonly names: readonly string[]; readonly place: string } | undefined;
  for await (const { number, text } of linesOf(decoded(await entry.open()), LONGEST_LINE)) {
    if (text.trim() === '') continue;
    const object = parseObject(text);
    const names = Object.keys(object ?? {});
    const key = names.join('\n');
    const columns = known.get(key) ?? knownColumns(names, given);
    if (known.size < MOST_REMEMBERED) known.set(key, columns);
    if (columns.text !== undefined) isText = true;
    else if (object) withoutText ??= { names, place: `${entry.path}:${number}` };
    yield { columns, object, line: number, size: text.length };
  }
  if (!isText && withoutText) columnsAmong(withoutText.names, given, withoutText.place);
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = parseLossless(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
