/** Streams of one entry that say, when they fail, which file and entry it was. */
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { UserError } from '../errors.ts';

/** Where an entry lies: the file that the person gave, and the path in it. */
export interface Place {
  readonly file: string;
  readonly path: string;
}

/** On one line: names in an archive may be anything. */
export function placeOf({ file, path }: Place): string {
  return (path === '' ? file : `${file}, ${path}`).replace(/\p{Cc}+/gu, ' ');
}

export interface Expected {
  /** In bytes. */
  readonly size?: number;
  readonly crc32?: number;
}

/** Passes `source` on, and turns its errors, a wrong length or a wrong checksum into a UserError with the place. */
export function checked(source: Readable, place: Place, expected: Expected = {}): Readable {
  return Readable.from(checkedChunks(source, place, expected), { objectMode: false });
}

async function* checkedChunks(source: Readable, place: Place, expected: Expected): AsyncGenerator<Buffer> {
  let size = 0;
  let checksum = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (expected.size !== undefined && size > expected.size) break;
      if (expected.crc32 !== undefined) checksum = crc32(chunk, checksum);
      yield chunk;
    }
  } catch (cause) {
    throw unreadable(place, cause);
  }
  if (expected.size !== undefined && size !== expected.size) {
    throw damaged(place, `expected ${expected.size} bytes, found ${size < expected.size ? size : 'more'}`);
  }
  if (expected.crc32 !== undefined && checksum !== expected.crc32) throw damaged(place, 'its checksum is wrong');
}

/** The first bytes of what `open` gives, at most `bytes` of them. */
export async function readHead(open: () => Promise<Readable>, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of (await open()) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    if ((length += chunk.length) >= bytes) break;
  }
  return Buffer.concat(chunks).subarray(0, bytes);
}

const AGAIN = 'Download the export again, or unpack it and give the folder';

export function damaged(place: Place, how: string, cause?: unknown): UserError {
  return new UserError(`${placeOf(place)}: damaged: ${how}`, { hint: AGAIN, cause });
}

/** No damage: the file may be whole. By the code of Node's error. */
const SAID_BY_SYSTEM: ReadonlyMap<string, { readonly what: string; readonly hint: string }> = new Map([
  ['EACCES', { what: 'may not be read', hint: 'Give yourself the permission to read it' }],
  ['EPERM', { what: 'may not be read', hint: 'Give yourself the permission to read it' }],
  [
    'ENOSPC',
    { what: 'no space is left to unpack it', hint: 'Make some, or unpack it on another disk and give the folder' },
  ],
]);

const CUT_OFF = /unexpected end|not found\. Either not a zip|truncated|unexpected EOF|overflows file bounds/i;

export function unreadable(place: Place, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  const ofSystem = cause instanceof Error && 'code' in cause ? SAID_BY_SYSTEM.get(String(cause.code)) : undefined;
  if (ofSystem) return new UserError(`${placeOf(place)}: ${ofSystem.what}`, { hint: ofSystem.hint, cause });
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (CUT_OFF.test(reason)) {
    return new UserError(`${placeOf(place)}: cut off: it ends before its content does`, { hint: AGAIN, cause });
  }
  return damaged(place, reason, cause);
}
