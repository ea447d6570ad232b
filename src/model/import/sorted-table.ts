/**
 * Reads leveldb's sorted tables, in which TensorFlow keeps the index of a checkpoint.
 * Format: https://github.com/google/leveldb/blob/main/doc/table_format.md
 */
import { crc32c, masked } from './crc32c.ts';

const FOOTER = 48; // bytes
const MAGIC = 0xdb4775248b80fb57n;
/** After each block: how it is packed, and its checksum. */
const TRAILER = 5; // bytes
const PACKED_BY = ['nothing', 'snappy', 'zstandard'];

/** The bytes are no whole table. */
export class TableError extends Error {
  override readonly name = 'TableError';
}

/** Every key with its value, in order. Keys are Latin-1. */
export function readSortedTable(file: Uint8Array): ReadonlyMap<string, Buffer> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < FOOTER || bytes.readBigUInt64LE(bytes.length - 8) !== MAGIC) {
    throw new TableError('a file that does not end as one');
  }
  const footer = new Cursor(bytes.subarray(-FOOTER));
  footer.handle(); // of an index of filters, which is empty
  const entries = new Map<string, Buffer>();
  for (const handle of readBlock(bytes, footer.handle()).values()) {
    for (const [key, value] of readBlock(bytes, new Cursor(handle).handle())) entries.set(key, value);
  }
  return entries;
}

interface Handle {
  readonly offset: number;
  readonly size: number;
}

function readBlock(bytes: Buffer, { offset, size }: Handle): ReadonlyMap<string, Buffer> {
  if (offset + size + TRAILER > bytes.length) throw new TableError('a block that leads out of it');
  const checked = bytes.subarray(offset, offset + size + 1);
  if (masked(crc32c(checked)) !== bytes.readUInt32LE(offset + size + 1)) throw new TableError('a wrong checksum');
  const packing = bytes[offset + size]!;
  if (packing !== 0) throw new TableError(`a block packed by ${PACKED_BY[packing] ?? packing}`);
  if (size < 4) throw new TableError('a block without its end');

  // Each key lacks what it shares with the one before it. At the end stand places to begin at, which nobody needs who reads all.
  const restarts = bytes.readUInt32LE(offset + size - 4);
  const end = size - 4 * (restarts + 1);
  if (end < 0) throw new TableError('a block without its end');
  const cursor = new Cursor(checked.subarray(0, end));
  const entries = new Map<string, Buffer>();
  let key = '';
  while (!cursor.isAtEnd) {
    const [shared, added, length] = [cursor.varint(), cursor.varint(), cursor.varint()];
    if (shared > key.length) throw new TableError('a key that shares more than there is');
    key = key.slice(0, shared) + cursor.take(added).toString('latin1');
    entries.set(key, cursor.take(length));
  }
  return entries;
}

class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) throw new TableError('an entry that leads out of its block');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** Seven bits a byte, the lowest first. */
  varint(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
      const byte = this.take(1)[0]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
    }
    throw new TableError('a number that is too large');
  }

  handle(): Handle {
    const offset = this.varint();
    return { offset, size: this.varint() };
  }
}
