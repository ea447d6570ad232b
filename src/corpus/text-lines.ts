import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '../errors.ts';

const CHUNK_BYTES = 1 << 20;
/** No text is this long: a file without line ends is not one of texts, and must not fill the memory. */
const LONGEST_LINE_BYTES = 64 << 20;
const NEWLINE = 0x0a;

/** The lines of a UTF-8 text file, numbered from 1, without their line ends. Reads in pieces, so the size of a file does not matter. */
export function* textLines(file: string): Generator<{ readonly number: number; readonly text: string }> {
  const descriptor = open(file);
  try {
    let number = 0;
    let rest = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const bytesRead = readSync(descriptor, chunk);
      const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
        yield { number: ++number, text: decode(bytes.subarray(start, end), file, number) };
        start = end + 1;
      }
      rest = bytes.subarray(start);
      if (bytesRead === 0) break;
      if (rest.length > LONGEST_LINE_BYTES) throw notText(`${file}:${number + 1}`, 'a line of more than 64 MB');
    }
    if (rest.length > 0) yield { number: ++number, text: decode(rest, file, number) };
  } finally {
    closeSync(descriptor);
  }
}

function open(file: string): number {
  try {
    const descriptor = openSync(file, 'r');
    if (fstatSync(descriptor).isFile()) return descriptor;
    closeSync(descriptor);
  } catch (cause) {
    throw new UserError(`Cannot read ${file}`, { hint: 'Check the path and its permissions', cause });
  }
  throw new UserError(`${file}: expected a file, found a folder or device`, { hint: 'Give the path of a text file' });
}

function decode(bytes: Buffer, file: string, number: number): string {
  if (bytes.includes(0)) throw notText(`${file}:${number}`, 'binary data');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r$/, '');
  } catch (cause) {
    throw notText(`${file}:${number}`, 'other bytes', cause);
  }
}

function notText(place: string, found: string, cause?: unknown): UserError {
  return new UserError(`${place}: expected UTF-8 text, found ${found}`, {
    hint: 'Give a plain text or JSON lines file, saved as UTF-8',
    cause,
  });
}
