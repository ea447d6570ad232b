/** Tables with a heading, separated by commas, semicolons, tabs or bars: each row is one text. */
import { csvRows, longRow } from '../csv-rows.ts';
import type { Entry, Format } from '../format.ts';
import { type Columns, columnsAmong, rowToPost } from '../text-columns.ts';
import { decoded } from '../text-encoding.ts';
import { OWNER, writtenEntries } from '../written-text.ts';

const ENDING = /\.(csv|tsv)$/i;

export function csv(given: Columns = {}): Format {
  const format: Format = {
    name: 'csv',
    sources: [
      {
        service: 'tables',
        where: 'a spreadsheet, saved as CSV',
        drop: '.csv or .tsv with a heading, and a row for each text',
      },
    ],
    detect: async (archive) => writtenEntries(archive, ENDING).length > 0,

    async owner(archive) {
      for (const entry of writtenEntries(archive, ENDING)) {
        for await (const { columns } of rows(entry, given)) {
          if (columns.author !== undefined) return [];
          break; // all rows have the same
        }
      }
      return [OWNER];
    },

    async *read(archive, me, hints) {
      for (const entry of writtenEntries(archive, ENDING)) {
        for await (const { row, columns, line, size } of rows(entry, given)) {
          const place = `${entry.path}:${line}`;
          if (!row) yield { omitted: 'unreadable', place: longRow(entry, line) };
          else
            yield { place, size, read: () => rowToPost('csv', row, columns, me, hints) ?? { omitted: 'empty', place } };
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
  /** That it begins on. */
  readonly line: number;
  /** In characters. */
  readonly size: number;
}

async function* rows(entry: Entry, given: Columns): AsyncGenerator<Row> {
  const delimiter = delimiterOf((await entry.head(64 << 10)).toString('utf8'));
  let heading: readonly string[] | undefined;
  let columns: Columns = {};
  for await (const { line, cells, size } of csvRows(decoded(await entry.open()), { delimiter })) {
    if (!heading && isExcelsLine(cells)) continue;
    if (!cells) yield { columns, row: undefined, line, size };
    else if (heading) yield { columns, row: toRow(heading, cells), line, size };
    else columns = columnsAmong((heading = cells), given, entry.path);
  }
}

/** `sep=;`, by which Excel says what separates the cells. */
function isExcelsLine(cells: readonly string[] | undefined): boolean {
  return cells?.length === 2 && cells[0] === 'sep=' && cells[1] === '';
}

function toRow(heading: readonly string[], record: readonly string[]): Record<string, string> {
  return Object.fromEntries(heading.map((name, index) => [name, record[index] ?? '']));
}

/** The one that the heading has most of. */
function delimiterOf(head: string): string {
  const heading = head.split(/[\r\n]/, 1)[0] ?? '';
  const counts = [',', ';', '\t', '|'].map((delimiter) => [delimiter, heading.split(delimiter).length] as const);
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}
