/** Rows of a CSV entry by the names in its first line, one at a time. */
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { longRow, withoutLongRows } from './csv-rows.ts';
import type { Entry } from './format.ts';
import type { Omission } from './post.ts';

export interface CsvRecord {
  readonly record: Readonly<Record<string, string | undefined>>;
  readonly place: string;
  /** In characters. */
  readonly size: number;
}

/** Rows that are not as the standard has them are taken as they stand. @throws UserError when the entry cannot be read. */
export async function* csvRecords(entry: Entry): AsyncGenerator<CsvRecord> {
  for await (const found of readCsv(entry)) if (!('omitted' in found)) yield found;
}

function sizeOf(record: Readonly<Record<string, string>>): number {
  return Object.values(record).reduce((sum, cell) => sum + cell.length, 0);
}

/** As `csvRecords`, with what cannot be read as omissions. */
export async function* readCsv(entry: Entry): AsyncGenerator<CsvRecord | Omission> {
  const parser = parse({
    bom: true,
    columns: (names: string[]) => names.map((name) => name.trim().toLowerCase()),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  const source = await entry.open();
  const long: number[] = [];
  const rows = withoutLongRows(utf8(source), { delimiter: ',', onLong: (line) => long.push(line) });
  let row = 0;
  try {
    for await (const record of Readable.from(rows).compose(parser) as AsyncIterable<Record<string, string>>) {
      yield { record, place: `${entry.path}, row ${++row}`, size: sizeOf(record) };
    }
    for (const line of long) yield { omitted: 'unreadable', place: longRow(entry, line) };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_'))) throw error;
    yield { omitted: 'unreadable', place: `${entry.path}, after row ${row}: ${error.message}` };
  } finally {
    source.destroy();
  }
}

/** Bytes that are not UTF-8 become U+FFFD. */
async function* utf8(content: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true }); // the parser takes it away
  for await (const chunk of content as AsyncIterable<Buffer>) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}
