/** Writes documents to a file that is whole at every moment: the old one, then the new one. */
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Document } from './document.ts';

const CORPUS_FORMATS = ['jsonl', 'txt', 'csv'] as const;
export type CorpusFormat = (typeof CORPUS_FORMATS)[number];

const COLUMNS = ['id', 'text', 'source', 'time', 'language', 'part', 'archive', 'thread'] as const;

const WRITERS: Readonly<
  Record<CorpusFormat, { readonly head: string; readonly line: (document: Document) => string }>
> = {
  jsonl: { head: '', line: (document) => `${JSON.stringify(document)}\n` },
  /** An empty line ends a document, so none may stand in one. */
  txt: { head: '', line: ({ text }) => `${text.replace(/\n{2,}/g, '\n')}\n\n` },
  csv: {
    head: `${COLUMNS.join(',')}\r\n`,
    line: (document) => `${COLUMNS.map((column) => quoted(document[column] ?? '')).join(',')}\r\n`,
  },
};

export function writeDocuments(file: string, documents: Iterable<Document>, format: CorpusFormat): void {
  const { head, line } = WRITERS[format];
  writeLines(
    file,
    (function* () {
      if (head !== '') yield head;
      for (const document of documents) yield line(document);
    })(),
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

/** RFC 4180. */
function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
