/**
 * Tables row by row, from text that comes in pieces. Own code: csv-parse ends at the first row that it cannot read, and for
 * each odd quotation mark copies as much as its largest cell had, so that one row of megabytes takes it hours.
 */
import type { Entry } from './format.ts';

/** A row of more characters is no row: it holds a file, or a quotation mark is missing somewhere. */
const LONGEST_ROW = 4 << 20;
/** Lines within such a row that have as many cells as the heading show that a quotation mark is missing. */
const LINES_ASKED = 4;
/** How many marks may be missing in the length of such a row: for each, that much is looked at again. */
const MOST_MISSING = 8;

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

export interface CsvRow {
  /** From 1: that it begins on. */
  readonly line: number;
  /** Undefined where it is too long, or the mark at the end of a cell is missing. */
  readonly cells: readonly string[] | undefined;
  /** In characters. */
  readonly size: number;
}

export interface CsvShape {
  readonly delimiter: string;
  /** In characters. */
  readonly longest?: number;
}

/**
 * The rows of a table, its heading first, without empty ones. Lines end in LF, CRLF, or, where the first does, in CR. A cell
 * whose quotation marks are not as they should be is taken as it stands; where the mark at its end is missing, only its line is lost.
 */
export async function* csvRows(texts: AsyncIterable<string>, shape: CsvShape): AsyncGenerator<CsvRow> {
  const rows = new Rows(shape);
  for await (const text of texts) yield* rows.push(text);
  yield* rows.end();
}

class Rows {
  readonly #delimiter: string;
  readonly #longest: number;
  #lineEnd: typeof LF | typeof CR | undefined;
  /** Of the heading. */
  #cells: number | undefined;
  #isFirst = true;
  /** What is being looked at, of which the row at hand begins at `#start`, and the rest from `#at` on was not seen yet. */
  #text = '';
  #start = 0;
  #at = 0;
  /** The row's beginning, from the texts before. */
  #parts: string[] = [];
  #length = 0;
  #isDropped = false;
  #isQuoted = false;
  #isCellStart = true;
  /** On which the row begins, and line ends in it. */
  #line = 1;
  #lines = 0;
  /** Marks that were found to be missing, and characters of rows since the first of them. */
  #missing = 0;
  #sinceMissing = 0;

  constructor({ delimiter, longest = LONGEST_ROW }: CsvShape) {
    this.#delimiter = delimiter;
    this.#longest = longest;
  }

  /** The rows that end in `text`. */
  push(text: string): CsvRow[] {
    if (text === '') return [];
    this.#text = this.#text.slice(this.#at) + (this.#isFirst ? text.replace(/^\ufeff/, '') : text);
    this.#start = 0;
    this.#at = 0;
    this.#isFirst = false;
    return this.#readOn(false);
  }

  /** What is left of a file without a line end. */
  end(): CsvRow[] {
    const rows = this.#readOn(true);
    while (this.#isQuoted && !this.#isDropped) {
      this.#dropLine(rows);
      if (!this.#isDropped) rows.push(...this.#readOn(true));
    }
    if (!this.#isDropped) this.#take(rows);
    return rows;
  }

  #readOn(isLast: boolean): CsvRow[] {
    const rows: CsvRow[] = [];
    for (;;) {
      if (this.#findEnd(isLast)) {
        this.#take(rows);
        continue;
      }
      this.#keep();
      if (this.#isDropped || this.#length <= this.#longest) return rows;
      this.#dropLine(rows);
    }
  }

  /** The row at hand, up to `#at`, its line end included. */
  #take(rows: CsvRow[]): void {
    this.#sinceMissing += this.#length + this.#at - this.#start;
    if (!this.#isDropped) {
      const row = withoutLineEnd(this.#parts.join('') + this.#text.slice(this.#start, this.#at));
      if (row !== '') {
        const cells = cellsOf(row, this.#delimiter);
        this.#cells ??= cells.length;
        rows.push({ line: this.#line, cells, size: row.length });
      }
    }
    this.#begin(this.#line + this.#lines);
  }

  #begin(line: number): void {
    this.#start = this.#at;
    this.#parts = [];
    this.#length = 0;
    this.#isDropped = false;
    this.#isQuoted = false;
    this.#isCellStart = true;
    this.#line = line;
    this.#lines = 0;
  }

  #keep(): void {
    this.#length += this.#at - this.#start;
    if (!this.#isDropped) this.#parts.push(this.#text.slice(this.#start, this.#at));
    this.#start = this.#at;
  }

  /** Goes on to after the line end of the row at hand; false where it has not come yet. A mark that ends a cell stands before what may follow a cell. */
  #findEnd(isLast: boolean): boolean {
    const text = this.#text;
    const delimiter = this.#delimiter.charCodeAt(0);
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at);
      const isEnd = code === LF || code === CR;
      // What a mark or a CR is shows the next letter, which may not be here yet.
      if ((code === QUOTE || code === CR) && this.#at + 1 === text.length && !isLast) return false;
      if (isEnd && this.#lineEnd === undefined) {
        this.#lineEnd = code === CR && text.charCodeAt(this.#at + 1) !== LF ? CR : LF;
      }
      if (isEnd && code === this.#lineEnd) this.#lines++;
      this.#at++;
      if (this.#isQuoted) {
        if (code === QUOTE) {
          if (text.charCodeAt(this.#at) === QUOTE) this.#at++;
          else this.#isQuoted = false;
        }
      } else if (isEnd && (code === LF || this.#lineEnd === CR)) {
        return true;
      } else if (code === QUOTE && this.#isCellStart) this.#isQuoted = true;
      this.#isCellStart = code === delimiter && !this.#isQuoted;
    }
    return false;
  }

  /** Of a row that does not end: its first line where a mark is missing, else all of it. */
  #dropLine(rows: CsvRow[]): void {
    rows.push({ line: this.#line, cells: undefined, size: 0 });
    const row = this.#parts.join('');
    const [first = '', ...rest] = row.split(this.#lineEnd === CR ? '\r' : '\n', LINES_ASKED + 2);
    const lines = rest.slice(0, -1); // the last may not be whole
    if (this.#sinceMissing > this.#longest) [this.#missing, this.#sinceMissing] = [0, 0];
    const isMarkMissing =
      (this.#cells ?? 0) > 1 &&
      lines.length > 1 &&
      lines.every((line) => cellsOf(withoutLineEnd(line), this.#delimiter).length === this.#cells) &&
      this.#missing++ < MOST_MISSING;
    if (!isMarkMissing) {
      this.#parts = [];
      this.#isDropped = true;
      return;
    }
    this.#text = row.slice(first.length + 1) + this.#text.slice(this.#at);
    this.#at = 0;
    this.#begin(this.#line + 1);
  }
}

function withoutLineEnd(row: string): string {
  let end = row.length;
  if (row.charCodeAt(end - 1) === LF) end--;
  if (row.charCodeAt(end - 1) === CR) end--;
  return row.slice(0, end);
}

/** The cells of a row without its line end. */
function cellsOf(row: string, delimiter: string): string[] {
  const cells: string[] = [];
  for (let at = 0; ; ) {
    const close = row.charCodeAt(at) === QUOTE ? closingMark(row, at + 1) : -1;
    const found = row.indexOf(delimiter, close < 0 ? at : close + 1);
    const end = found < 0 ? row.length : found;
    // Where more follows its mark, or none closes it, the cell is as it stands.
    cells.push(close === end - 1 && close > at ? row.slice(at + 1, close).replaceAll('""', '"') : row.slice(at, end));
    if (found < 0) return cells;
    at = end + 1;
  }
}

/** The next mark that is not doubled; -1 where there is none. */
function closingMark(row: string, from: number): number {
  let mark = row.indexOf('"', from);
  while (mark >= 0 && row.charCodeAt(mark + 1) === QUOTE) mark = row.indexOf('"', mark + 2);
  return mark;
}

/** Of a row that is left out, for messages. */
export function longRow({ path }: Entry, line: number): string {
  return `${path}, the row on line ${line}: longer than a row is, or its quotation mark is missing`;
}
