/**
 * Splits an mbox of any size into messages, as bytes. Own code: mbox-reader, node-mbox and Python's mailbox take a line
 * such as "From my window I see" for the start of a message.
 */
import type { Readable } from 'node:stream';

export interface MboxMessage {
  /** Without the `From …` line, and with quoted `>From ` as it was written. */
  readonly bytes: Buffer;
  /** The `From …` line; '' for text before the first. */
  readonly envelope: string;
  /** Where the envelope stands in the file, in bytes. */
  readonly offset: number;
  /** Where that of the next one stands, or the file ends. */
  readonly end: number;
  /** Longer than the limit: `bytes` has its beginning. */
  readonly isCut: boolean;
}

/** Sender, day of the week, month, and a year; the zone stands before the year (Gmail), behind it, or nowhere (asctime). */
const ENVELOPE =
  /^From \S{1,200} +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2}|\d{1,2} +(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)) +(?:\d{4} +)?\d{1,2}:\d\d(?::\d\d)?(?: +(?:[+-]\d{4}|[A-Z]{1,5}))?(?: +\d{4})?(?: +[+-]\d{4})?\s*$/;

export function isEnvelope(line: string): boolean {
  return ENVELOPE.test(line);
}

const LONGEST_ENVELOPE = 400; // bytes
const MARK = Buffer.from('\nFrom ');
const LF = 0x0a;
const CR = 0x0d;

/** `start`: where in its file `content` begins, if at the envelope of a message. */
export async function* mboxMessages(content: Readable, longest: number, start = 0): AsyncGenerator<MboxMessage> {
  const splitter = new Splitter(longest, start);
  for await (const chunk of content as AsyncIterable<Buffer>) yield* splitter.push(chunk);
  yield* splitter.end();
}

class Splitter {
  readonly #longest: number;
  #message: Collector;
  /** A file begins as if after a blank line. */
  #bytes: Buffer = Buffer.from('\n\n');
  /** Where in the file #bytes begins. */
  #offset: number;
  /** Up to here #bytes is given to messages; at least two bytes before stay, to tell what comes after a blank line. */
  #done = 1;

  constructor(longest: number, start: number) {
    this.#longest = longest;
    this.#offset = start - 2;
    this.#message = new Collector(start, '', longest);
  }

  push(chunk: Buffer): MboxMessage[] {
    const isFirst = this.#offset === -2 && this.#bytes.length === 2;
    const mark = isFirst && chunk.toString('hex', 0, 3) === 'efbbbf' ? 3 : 0;
    this.#offset += mark;
    this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(mark)]);
    const messages = this.#split(false);
    // The last bytes may begin an envelope that the next chunk ends.
    this.#give(Math.max(this.#done, this.#bytes.length - LONGEST_ENVELOPE));
    const dropped = Math.max(0, this.#done - 2);
    this.#bytes = this.#bytes.subarray(dropped);
    this.#offset += dropped;
    this.#done -= dropped;
    return messages;
  }

  end(): MboxMessage[] {
    const messages = this.#split(true);
    this.#give(this.#bytes.length);
    if (!this.#message.isEmpty) messages.push(this.#message.finished(this.#offset + this.#bytes.length));
    return messages;
  }

  #split(isLast: boolean): MboxMessage[] {
    const messages: MboxMessage[] = [];
    for (
      let next = nextEnvelope(this.#bytes, this.#done, isLast);
      next;
      next = nextEnvelope(this.#bytes, next.end, isLast)
    ) {
      this.#give(next.start);
      if (!this.#message.isEmpty) messages.push(this.#message.finished(this.#offset + next.start));
      this.#message = new Collector(this.#offset + next.start, next.envelope, this.#longest);
      this.#done = next.end;
    }
    return messages;
  }

  #give(end: number): void {
    this.#message.add(this.#bytes.subarray(this.#done, end));
    this.#done = end;
  }
}

interface Opening {
  readonly start: number;
  /** After its line. */
  readonly end: number;
  readonly envelope: string;
}

/** The next envelope after a blank line; where its line does not end within `bytes`, it is left for later unless `isLast`. */
function nextEnvelope(bytes: Buffer, from: number, isLast: boolean): Opening | undefined {
  for (let mark = bytes.indexOf(MARK, from); mark !== -1; mark = bytes.indexOf(MARK, mark + 1)) {
    const before = bytes[mark - 1] === CR ? mark - 2 : mark - 1;
    if (bytes[before] !== LF) continue;
    const start = mark + 1;
    const lineEnd = bytes.indexOf(LF, start);
    if (lineEnd === -1 && !isLast && bytes.length - start < LONGEST_ENVELOPE) return undefined;
    const end = lineEnd === -1 ? bytes.length : lineEnd;
    if (end - start >= LONGEST_ENVELOPE) continue;
    const envelope = bytes.toString('latin1', start, end).trim();
    if (isEnvelope(envelope)) return { start, end: lineEnd === -1 ? end : lineEnd + 1, envelope };
  }
  return undefined;
}

/** The bytes of one message, up to the limit. */
class Collector {
  readonly #offset: number;
  readonly #envelope: string;
  readonly #longest: number;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(offset: number, envelope: string, longest: number) {
    this.#offset = offset;
    this.#envelope = envelope;
    this.#longest = longest;
  }

  /** Blank lines before the first envelope are no message. */
  get isEmpty(): boolean {
    return this.#envelope === '' && this.#parts.every((part) => part.toString('latin1').trim() === '');
  }

  add(bytes: Buffer): void {
    const room = this.#longest - this.#length;
    if (room > 0 && bytes.length > 0) this.#parts.push(bytes.subarray(0, room));
    this.#length += bytes.length;
  }

  finished(end: number): MboxMessage {
    const bytes = unquoted(Buffer.concat(this.#parts));
    return { bytes, envelope: this.#envelope, offset: this.#offset, end, isCut: this.#length > this.#longest };
  }
}

/** `>From ` at the start of a line was `From ` once, and `>>From ` was `>From `. */
function unquoted(bytes: Buffer): Buffer {
  if (bytes.indexOf('>From ') === -1) return bytes;
  return Buffer.from(bytes.toString('latin1').replace(/^>(>{0,100}From )/gm, '$1'), 'latin1');
}
