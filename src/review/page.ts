/** What every full screen at the keyboard is drawn on: how wide its lines are, and the margin before them. */
import { shortened } from './printable.ts';

/** Of the terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const MARGIN = ' ';
/** Lines much longer than a book's are tiring to read. */
const WIDEST = 100; // columns
/** Where the foot leaves no more than this, there is no head. */
const LEAST_ROOM = 6; // lines

/** In columns, without the margins. */
export function pageWidth({ columns }: Pick<Size, 'columns'>): number {
  return Math.max(10, Math.min(columns, WIDEST) - 2 * MARGIN.length);
}

export function withMargin(lines: readonly string[], { rows }: Pick<Size, 'rows'>): string[] {
  return lines.map((line) => (line === '' ? line : MARGIN + line)).slice(-rows);
}

export interface PageParts {
  readonly head: (width: number) => readonly string[];
  readonly body: (width: number, room: number) => readonly string[];
  readonly foot: (width: number) => readonly string[];
}

/** Exactly as many lines as the terminal has rows: the body fills what the others leave. */
export function page(size: Size, parts: PageParts): string[] {
  const width = pageWidth(size);
  const foot = parts.foot(width);
  const head = size.rows > foot.length + LEAST_ROOM ? parts.head(width) : [];
  const room = Math.max(1, size.rows - head.length - foot.length);
  const body = parts.body(width, room);
  const filled = [...body, ...Array.from({ length: Math.max(0, room - body.length) }, () => '')].slice(0, room);
  return withMargin(
    [...head, ...filled, ...foot].map((line) => shortened(line, width)),
    size,
  );
}
