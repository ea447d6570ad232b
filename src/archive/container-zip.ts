/** The entries of a zip file, from its central directory: zip64, any order of reading, nothing unpacked before it is read. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { fromRandomAccessReaderPromise, type Entry as ZipEntry, type ZipFile } from 'yauzl';
import { UserError } from '../errors.ts';
import { type Budget, isWanted, refused, safePath } from './container-limits.ts';
import { checked, readHead, unreadable } from './entry-stream.ts';
import type { Entry } from './format.ts';
import { ZipReader } from './zip-reader.ts';

const STORED = 0;
const DEFLATED = 8;
/** In bytes, without the name. */
const LOCAL_HEADER = 30;
const SYMLINK = 0o120000;
const FILE_TYPE = 0o170000;

export interface Container {
  readonly entries: readonly Entry[];
  close(): void;
}

/** `name` is what messages call the file at `file`. */
export async function openZip(file: string, name: string, budget: Budget): Promise<Container> {
  let zip: ZipFile | undefined;
  try {
    zip = await openFile(file);
    const entries = await wantedEntries(zip, name, budget);
    const opened = zip;
    return { entries: entries.map((entry) => toEntry(opened, name, entry)), close: () => opened.close() };
  } catch (error) {
    zip?.close();
    throw unreadable({ file: name, path: '' }, error);
  }
}

async function openFile(file: string): Promise<ZipFile> {
  const descriptor = openSync(file, 'r');
  try {
    const reader = new ZipReader(descriptor, fstatSync(descriptor).size);
    return await fromRandomAccessReaderPromise(reader, fstatSync(descriptor).size, { autoClose: false });
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

async function wantedEntries(zip: ZipFile, name: string, budget: Budget): Promise<ZipEntry[]> {
  const all: ZipEntry[] = [];
  for await (const entry of directory(zip, name)) {
    if (entry.isEncrypted()) throw encrypted(name, entry.fileName);
    all.push(entry);
    budget.check({ file: name, path: entry.fileName }, 0, all.length);
  }
  refuseOverlaps(name, all);

  const entries = all.filter((entry) => isFile(entry) && isWanted(entry.fileName));
  let bytes = 0;
  for (const entry of entries) {
    budget.check({ file: name, path: entry.fileName }, (bytes += entry.uncompressedSize), entries.length);
  }
  budget.spend({ file: name, path: '' }, bytes, entries.length);
  return entries;
}

/** Entries that share their bytes are how the densest bombs are made. */
function refuseOverlaps(name: string, entries: readonly ZipEntry[]): void {
  const inOrder = entries.toSorted((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  for (const [index, { relativeOffsetOfLocalHeader: start, compressedSize, fileName }] of inOrder.entries()) {
    const next = inOrder[index + 1];
    if (next && start + LOCAL_HEADER + compressedSize > next.relativeOffsetOfLocalHeader) {
      throw refused({ file: name, path: fileName }, 'overlaps another entry');
    }
  }
}

function isFile(entry: ZipEntry): boolean {
  return !entry.fileName.endsWith('/') && ((entry.externalFileAttributes >>> 16) & FILE_TYPE) !== SYMLINK;
}

async function* directory(zip: ZipFile, name: string): AsyncGenerator<ZipEntry> {
  try {
    yield* zip.eachEntry();
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    const path = /^(?:invalid relative path|absolute path|invalid characters in fileName): (.*)/s.exec(reason)?.[1];
    if (path !== undefined) throw refused({ file: name, path }, 'is a path that leads out of the archive');
    if (/encryption/.test(reason)) throw encrypted(name, '');
    throw error;
  }
}

function toEntry(zip: ZipFile, file: string, entry: ZipEntry): Entry {
  const path = safePath(file, entry.fileName);
  const open = () => openEntry(zip, file, entry);
  return { path, size: entry.uncompressedSize, open, head: (bytes) => readHead(open, bytes) };
}

async function openEntry(zip: ZipFile, file: string, entry: ZipEntry): Promise<Readable> {
  const place = { file, path: entry.fileName };
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    throw new UserError(`${file}, ${entry.fileName}: packed by method ${entry.compressionMethod}, not by deflate`, {
      hint: 'Unpack the zip with another program and give the folder',
    });
  }
  const raw = await zip.openReadStreamPromise(entry, { decodeFileData: false }).catch((cause: unknown) => {
    throw unreadable(place, cause);
  });
  const plain = entry.compressionMethod === STORED ? raw : inflated(raw);
  return checked(plain, place, { size: entry.uncompressedSize, crc32: entry.crc32 });
}

function inflated(raw: Readable): Readable {
  return pipeline(raw, createInflateRaw({ chunkSize: 64 << 10 }), () => {}); // whoever reads the result sees the error
}

function encrypted(file: string, path: string): UserError {
  return new UserError(`${file}${path && `, ${path}`}: encrypted`, {
    hint: 'Unpack it with its password and give the folder',
  });
}
