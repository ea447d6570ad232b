/** Tables with a heading, separated by commas, semicolons, tabs or bars: each row is one text. */
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { UserError } from '../../errors.ts';
import { longRow, withoutLongRows } from '../csv-rows.ts';
import type { Entry, Format } from '../format.ts';
import { type Columns, columnsAmong, rowToPost } from '../text-columns.ts';
import { decoded } from '../text-encoding.ts';
import { OWNER, writtenEntries } from '../written-text.ts';

const ENDING = /\.(csv|tsv)$/i;

export function csv(given: Columns = {}): Format {
  const format: Format = {
    name: 'csv',
    title: 'CSV: a heading, and a row for each text',
    detect: async (archive) => writtenEntries(archive, ENDING).length > 0,

    async owner(archive) {
      for (const entry of writtenEntries(archive, ENDING)) {
        for await (const { columns } of rows(entry, given)) if (columns.author !== undefined) return [];
      }
      return [OWNER];
    },

    async *read(archive, me) {
      for (const entry of writtenEntries(archive, ENDING)) {
        for await (const { row, columns, line, size } of rows(entry, given)) {
          const place = `${entry.path}:${line}`;
          if (!row) yield { omitted: 'unreadable', place: longRow(entry, line) };
          else yield { place, size, read: () => rowToPost('csv', row, columns, me) ?? { omitted: 'empty', place } };
        }
      }
    },
  };
  return format;
}

interface Row {
  readonly columns: Columns;
  /** Undefined where the row cannot be read. */
  readonly row: Readonly<Record<string, string>> | undefined;
  /** That it ends on; of one that cannot be read, that it begins on. */
  readonly line: number;
  /** In characters. */
  readonly size: number;
}

async function* rows(entry: Entry, given: Columns): AsyncGenerator<Row> {
  const delimiter = delimiterOf((await entry.head(64 << 10)).toString('utf8'));
  const long: number[] = [];
  const whole = withoutLongRows(decoded(await entry.open()), { delimiter, onLong: (line) => long.push(line) });
  const parser = Readable.from(whole).compose(
    parse({
      bom: true,
      delimiter,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
    }),
  );
  let heading: readonly string[] | undefined;
  let columns: Columns = {};
  let line = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      line = info.lines;
      if (heading)
        yield { columns, row: toRow(heading, record), line, size: record.reduce((sum, cell) => sum + cell.length, 0) };
      else columns = columnsAmong((heading = record), given, entry.path);
    }
    for (const begins of long) yield { columns, row: undefined, line: begins, size: 0 };
  } catch (cause) {
    if (cause instanceof UserError || !(cause instanceof Error && 'code' in cause)) throw cause;
    yield { columns, row: undefined, line: line + 1, size: 0 }; // csv-parse does not go on after such a row
  }
}

function toRow(heading: readonly string[], record: readonly string[]): Record<string, string> {
  return Object.fromEntries(heading.map((name, index) => [name, record[index] ?? '']));
}

/** The one that the heading has most of. */
function delimiterOf(head: string): string {
  const heading = head.split(/\r?\n/, 1)[0] ?? '';
  const counts = [',', ';', '\t', '|'].map((delimiter) => [delimiter, heading.split(delimiter).length] as const);
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}
