/** Files and folders on disk, and what a file is by its first bytes. */
import { createReadStream, type Dirent, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { gunzipped } from './container-gzip.ts';
import { isWanted, type Limits } from './container-limits.ts';
import { isArchiveName } from './container-parts.ts';
import { checked, readHead, unreadable } from './entry-stream.ts';
import type { Entry } from './format.ts';

/** An entry that needs no unpacking. */
export interface OnDisk extends Entry {
  readonly file: string;
}

/** @throws UserError where it is no file either: a pipe could be read but once, and a device has no end. */
export function isFolder(given: string): boolean {
  const found = stat(given);
  if (found.isDirectory() || found.isFile()) return found.isDirectory();
  throw new UserError(`${given}: expected a file or a folder, found neither`, {
    hint: 'Save it as a file, and give that',
  });
}

export function fileEntry(file: string, name: string, entryPath: string): OnDisk {
  const openAt = async (start: number) =>
    checked(createReadStream(file, { start, highWaterMark: 256 << 10 }), { file: name, path: '' });
  const open = () => openAt(0);
  const { size, mtimeMs: changedAt } = stat(file);
  return { file, path: entryPath, size, changedAt, open, openAt, head: (bytes) => readHead(open, bytes) };
}

/** In order of path; links are not followed. @throws UserError where a folder in it may not be read. */
export function filesUnder(folder: string): OnDisk[] {
  return everythingUnder(folder)
    .filter((found) => found.isFile())
    .map((found) => path.join(found.parentPath, found.name))
    .map((file) => ({ file, entryPath: path.relative(folder, file).split(path.sep).join('/') }))
    .filter(({ entryPath }) => isWanted(entryPath))
    .sort((a, b) => (a.entryPath < b.entryPath ? -1 : 1))
    .map(({ file, entryPath }) => fileEntry(file, file, entryPath));
}

function everythingUnder(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true });
  } catch (cause) {
    const path = cause instanceof Error && 'path' in cause ? String(cause.path) : folder;
    throw unreadable({ file: path, path: '' }, cause);
  }
}

interface Packed {
  readonly path: string;
  readonly limits: Limits;
}

/** A packed file that is no tar, as the one file in it; its size is the packed one, as no other is known. */
export function gzipEntry(file: string, name: string, { path, limits }: Packed): Entry {
  const open = async () => checked(gunzipped(file, name, limits), { file: name, path: '' });
  return { path, size: stat(file).size, open, head: (bytes) => readHead(open, bytes) };
}

export type Kind = 'zip' | 'tar' | 'packed tar' | 'gzip' | 'file';

/** Of an entry, and of the directory of a zip without any. */
const ZIP_SIGNATURES = new Set(['504b0304', '504b0506']);
const HEAD = 512; // bytes: a tar's header

/** By content, as names lie. @throws UserError when a file named as an archive is none. */
export async function kindOf(file: string, name: string, limits: Limits): Promise<Kind> {
  const head = await readHead(async () => createReadStream(file, { end: HEAD - 1 }), HEAD).catch((cause: unknown) => {
    throw unreadable({ file: name, path: '' }, cause);
  });
  if (ZIP_SIGNATURES.has(head.toString('hex', 0, 4))) return 'zip';
  if (isTar(head)) return 'tar';
  if (head[0] === 0x1f && head[1] === 0x8b) {
    const inner = await readHead(async () => checked(gunzipped(file, name, limits), { file: name, path: '' }), HEAD);
    return isTar(inner) ? 'packed tar' : 'gzip';
  }
  if (!isArchiveName(name)) return 'file';
  const found = head.length === 0 ? 'an empty file' : `"${printable(head.toString('latin1', 0, 30))}…"`;
  throw new UserError(`${name}: expected an archive, found ${found}`, {
    hint: 'The download failed, or is a web page that asked you to log in: download it again',
  });
}

function isTar(head: Buffer): boolean {
  return head.toString('latin1', 257, 262) === 'ustar';
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').trim();
}

function stat(file: string) {
  try {
    return statSync(file);
  } catch (cause) {
    throw new UserError(`${file}: cannot be read`, { hint: 'Check that it is there, and its permissions', cause });
  }
}
