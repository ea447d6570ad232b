/** Rows of a CSV entry by the names in its first line, one at a time. */
import { csvRows, longRow } from './csv-rows.ts';
import type { Entry } from './format.ts';
import type { Omission } from './post.ts';
import { utf8Text } from './text-encoding.ts';

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

/** As `csvRecords`, with what cannot be read as omissions. */
export async function* readCsv(entry: Entry): AsyncGenerator<CsvRecord | Omission> {
  const source = await entry.open();
  let names: readonly string[] | undefined;
  let count = 0;
  try {
    for await (const { line, cells, size } of csvRows(utf8Text(source), { delimiter: ',' })) {
      if (!cells) yield { omitted: 'unreadable', place: longRow(entry, line) };
      else if (!names) names = cells.map((name) => name.trim().toLowerCase());
      else yield { record: recordOf(names, cells), place: `${entry.path}, row ${++count}`, size };
    }
  } finally {
    source.destroy();
  }
}

function recordOf(names: readonly string[], cells: readonly string[]): CsvRecord['record'] {
  return Object.fromEntries(cells.slice(0, names.length).map((cell, index) => [names[index]!, cell]));
}
