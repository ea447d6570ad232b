/** Keeps rows that are too long from the parser of CSV, which would end at the first: the rows after them are read. */

import type { Entry } from './format.ts';

/** A row of more characters is no row: it holds a file, or a quotation mark is missing somewhere. */
const LONGEST_ROW = 4 << 20;
/** Lines within such a row that have as many cells as the heading show that a quotation mark is missing. */
const LINES_ASKED = 4;

const QUOTE = 0x22;
const LF = 0x0a;

/**
 * `texts` without rows of more than `longest` characters: `onLong` is told the lines, from 1, on which they begin. In their place
 * are as many empty lines. Where the mark at the end of a cell is missing, the row is only its first line.
 */
export async function* withoutLongRows(
  texts: AsyncIterable<string>,
  { delimiter, onLong, longest = LONGEST_ROW }: LongRows,
): AsyncGenerator<string> {
  const rows = new Rows(delimiter.charCodeAt(0), onLong, longest);
  for await (const text of texts) {
    const whole = rows.push(text);
    if (whole !== '') yield whole;
  }
  yield rows.end();
}

export interface LongRows {
  readonly delimiter: string;
  readonly onLong: (line: number) => void;
  /** In characters. */
  readonly longest?: number;
}

class Rows {
  readonly #delimiter: number;
  readonly #onLong: (line: number) => void;
  readonly #longest: number;
  /** Of the heading. */
  #cells: number | undefined;
  /** The row that has not ended yet; of one that is too long, nothing. */
  #row = '';
  /** Read by `#findEnd`, of `#row`. */
  #at = 0;
  #isDropped = false;
  #isQuoted = false;
  #isCellStart = true;
  /** On which the row begins, and line ends in it. */
  #line = 1;
  #lines = 0;

  constructor(delimiter: number, onLong: (line: number) => void, longest: number) {
    this.#delimiter = delimiter;
    this.#onLong = onLong;
    this.#longest = longest;
  }

  /** The rows that end in `text`. */
  push(text: string): string {
    this.#row += text;
    let whole = '';
    for (let end = this.#findEnd(); end !== undefined || this.#isTooLong(); end = this.#findEnd()) {
      if (end === undefined) {
        whole += this.#dropLong();
        if (this.#isDropped) break;
        continue;
      }
      whole += this.#isDropped ? '\n'.repeat(this.#lines) : this.#row.slice(0, end);
      if (!this.#isDropped) this.#cells ??= this.#cellsIn(this.#row.slice(0, end));
      this.#begin(this.#row.slice(end), this.#line + this.#lines);
    }
    if (this.#isDropped) {
      this.#row = this.#row.slice(this.#at);
      this.#at = 0;
    }
    return whole;
  }

  /** What is left of a file without a line end. */
  end(): string {
    return this.#isDropped ? '' : this.#row;
  }

  #isTooLong(): boolean {
    return !this.#isDropped && this.#row.length > this.#longest;
  }

  #begin(row: string, line: number): void {
    this.#row = row;
    this.#at = 0;
    this.#isDropped = false;
    this.#isQuoted = false;
    this.#isCellStart = true;
    this.#line = line;
    this.#lines = 0;
  }

  /** After the line end of the row at hand; undefined where it has not come yet. A mark that ends a cell stands before what may follow a cell. */
  #findEnd(): number | undefined {
    const { length } = this.#row;
    while (this.#at < length) {
      const code = this.#row.charCodeAt(this.#at);
      if (code === LF) this.#lines++;
      if (this.#isQuoted) {
        if (code === QUOTE) {
          // Whether a mark ends a cell shows the next letter, which may not be here yet.
          if (this.#at + 1 === length) return undefined;
          const next = this.#row.charCodeAt(this.#at + 1);
          if (next === QUOTE) this.#at++;
          else this.#isQuoted = false;
        }
      } else if (code === LF) {
        this.#at++;
        return this.#at;
      } else if (code === QUOTE && this.#isCellStart) this.#isQuoted = true;
      this.#isCellStart = code === this.#delimiter && !this.#isQuoted;
      this.#at++;
    }
    return undefined;
  }

  #dropLong(): string {
    this.#onLong(this.#line);
    const [first = '', ...rest] = this.#row.split('\n', LINES_ASKED + 2);
    const lines = rest.slice(0, -1); // the last may not be whole
    const isMarkMissing =
      (this.#cells ?? 0) > 1 && lines.length > 1 && lines.every((line) => this.#cellsIn(line) === this.#cells);
    if (isMarkMissing) {
      this.#begin(this.#row.slice(first.length + 1), this.#line + 1);
      return '\n';
    }
    this.#isDropped = true;
    return '';
  }

  #cellsIn(line: string): number {
    let cells = 1;
    let isQuoted = false;
    for (let at = 0; at < line.length; at++) {
      const code = line.charCodeAt(at);
      if (code === QUOTE) isQuoted = !isQuoted;
      else if (code === this.#delimiter && !isQuoted) cells++;
    }
    return cells;
  }
}

/** Of a row that is left out, for messages. */
export function longRow({ path }: Entry, line: number): string {
  return `${path}, the row on line ${line}: longer than a row is, or its quotation mark is missing`;
}
