/** Lines of a text of any size; CRLF and LF, with or without byte order mark. */
import type { Readable } from 'node:stream';
import { utf8Text } from './text-encoding.ts';

export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** In UTF-16 units; what a longer line has after them is left out. */
const LONGEST_LINE = 1 << 20;

/** Bytes that are not UTF-8 become U+FFFD. */
export function textLines(content: Readable): AsyncGenerator<TextLine> {
  return linesOf(utf8Text(content), LONGEST_LINE);
}

/** The lines of what comes in pieces; of one over `longest`, in UTF-16 units, the end is left out. */
export async function* linesOf(texts: AsyncIterable<string>, longest: number): AsyncGenerator<TextLine> {
  let number = 0;
  let rest = '';
  const line = (text: string): TextLine => ({ number: ++number, text: text.slice(0, longest).replace(/\r$/, '') });
  for await (const text of texts) {
    const [first = '', ...others] = text.split('\n');
    // A longer line's end is let go of here, so that memory holds one line at most.
    rest = rest.length > longest ? rest : rest + first;
    for (const next of others) {
      yield line(rest);
      rest = next;
    }
  }
  if (rest !== '') yield line(rest);
}
