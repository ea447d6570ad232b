/** Writes documents as JSON lines to a file that is whole at every moment: the old one, then the new one. */
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import type { Document } from './document.ts';

export function writeDocuments(file: string, documents: readonly Document[]): void {
  writeLines(
    file,
    documents.values().map((document) => `${JSON.stringify(document)}\n`),
  );
}

const CHUNK_CHARACTERS = 1 << 20;

/**
 * Readable by its owner alone.
 * @throws UserError where the system does not let it be written; what was there stays.
 */
export function writeLines(file: string, lines: Iterable<string>): void {
  const unfinished = `${file}.unfinished`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    try {
      writeChunks(unfinished, lines);
      renameSync(unfinished, file);
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw error;
    }
  } catch (error) {
    throw refusal(error, file);
  }
}

function writeChunks(file: string, lines: Iterable<string>): void {
  const descriptor = openSync(file, 'w', 0o600);
  try {
    let chunk = '';
    for (const line of lines) {
      chunk += line;
      if (chunk.length < CHUNK_CHARACTERS) continue;
      writeFileSync(descriptor, chunk); // unlike writeSync, all of it or an error
      chunk = '';
    }
    writeFileSync(descriptor, chunk);
  } finally {
    closeSync(descriptor);
  }
}

/** What the system has against a file, and what a person can do. */
const REFUSALS: Readonly<Record<string, readonly [found: string, hint: string]>> = {
  ENOSPC: ['a full disk', 'Make space, then give the same command'],
  EDQUOT: ['a full disk', 'Make space, then give the same command'],
  EFBIG: ['a limit on the size of files', 'Raise the limit, then give the same command'],
  EISDIR: ['a folder', 'Give the name of a file'],
  ENOTDIR: ['a file where a folder should be', 'Give another path'],
  EEXIST: ['a file where a folder should be', 'Give another path'],
  ENOENT: ['no folder that it could lie in', 'Give another path'],
  EACCES: ['no permission', 'Check the permissions, or give another path'],
  EPERM: ['no permission', 'Check the permissions, or give another path'],
  EROFS: ['a disk that is read-only', 'Give another path'],
};

function refusal(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const [found, hint] = REFUSALS[String(error.code)] ?? [];
  if (found === undefined || hint === undefined) return error;
  return new UserError(`${file}: expected a file that can be written, found ${found}`, { hint, cause: error });
}
