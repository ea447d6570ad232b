/** Writing that no service made: looked for only where no service's export is found. */
import type { Format } from './format.ts';
import { csv } from './formats/csv.ts';
import { epub } from './formats/epub.ts';
import { html } from './formats/html.ts';
import { jsonl } from './formats/jsonl.ts';
import { markdown } from './formats/markdown.ts';
import { plainText } from './formats/plain-text.ts';
import type { Columns } from './text-columns.ts';

export function writtenFormats(columns: Columns = {}): readonly Format[] {
  return [plainText, markdown, csv(columns), jsonl(columns), epub, html];
}
