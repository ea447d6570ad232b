/** Lines of a text of any size; CRLF and LF, with or without byte order mark. */
import type { Readable } from 'node:stream';

export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** In UTF-16 units; what a longer line has after them is left out. */
const LONGEST_LINE = 1 << 20;

/** Bytes that are not UTF-8 become U+FFFD. */
export async function* textLines(content: Readable, longest = LONGEST_LINE): AsyncGenerator<TextLine> {
  const decoder = new TextDecoder('utf-8');
  let number = 0;
  let rest = '';
  const line = (text: string): TextLine => ({ number: ++number, text: text.slice(0, longest).replace(/\r$/, '') });
  for await (const chunk of content as AsyncIterable<Buffer>) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    // A longer line's end is let go of here, so that memory holds one line at most.
    rest = rest.length > longest ? rest : rest + first;
    for (const next of others) {
      yield line(rest);
      rest = next;
    }
  }
  rest += decoder.decode();
  if (rest !== '') yield line(rest);
}
