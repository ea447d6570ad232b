/** Writes documents as JSON lines to a file that is whole at every moment: the old one, then the new one. */
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Document } from './document.ts';

export function writeDocuments(file: string, documents: readonly Document[]): void {
  writeLines(
    file,
    documents.values().map((document) => `${JSON.stringify(document)}\n`),
  );
}

const CHUNK_CHARACTERS = 1 << 20;

/** Readable by its owner alone. */
export function writeLines(file: string, lines: Iterable<string>): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const unfinished = `${file}.unfinished`;
  const descriptor = openSync(unfinished, 'w', 0o600);
  try {
    let chunk = '';
    for (const line of lines) {
      chunk += line;
      if (chunk.length < CHUNK_CHARACTERS) continue;
      writeSync(descriptor, chunk);
      chunk = '';
    }
    writeSync(descriptor, chunk);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  renameSync(unfinished, file);
}
