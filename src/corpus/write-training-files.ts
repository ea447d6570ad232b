/**
 * Copies of a corpus as other trainers read it, a file for each part: the texts alone, without ids, sources, times, or what
 * they answer. For gpt-2-simple: `txt` and `csv` (https://github.com/minimaxir/gpt-2-simple); for Hugging Face: `jsonl`.
 */
import { existsSync, rmSync } from 'node:fs';
import { PARTS, type Part } from './document.ts';
import type { Split } from './split-corpus.ts';
import { writeLines } from './write-documents.ts';

export const TRAINING_FORMATS = ['txt', 'csv', 'jsonl'] as const;
export type TrainingFormat = (typeof TRAINING_FORMATS)[number];

export interface TrainingFile {
  readonly file: string;
  readonly part: Part;
  readonly documents: number;
}

/** gpt-2-simple reads a text file as it is, and sets the marks itself around the first column of a CSV file, below its heading. */
const WRITERS: Readonly<Record<TrainingFormat, { readonly head: string; readonly line: (text: string) => string }>> = {
  txt: { head: '', line: (text) => `<|startoftext|>${text}<|endoftext|>\n` },
  csv: { head: 'text\r\n', line: (text) => `${quoted(text)}\r\n` },
  jsonl: { head: '', line: (text) => `${JSON.stringify({ text })}\n` },
};

/** In a text they would end it where it does not end. */
const MARKS = /<\|(?:start|end)oftext\|>/g;

/**
 * Writes `STEM.train.FORMAT` and the same for validation and test. Files of other formats that are there already are written
 * again too, so that none holds what the corpus no longer does. A part without texts has no file.
 */
export function writeTrainingFiles(stem: string, parts: Split, format: TrainingFormat | undefined): TrainingFile[] {
  const written = TRAINING_FORMATS.filter(
    (one) => one === format || PARTS.some((part) => existsSync(`${stem}.${part}.${one}`)),
  );
  return written.flatMap((one) => PARTS.flatMap((part) => writePart(`${stem}.${part}.${one}`, part, parts[part], one)));
}

function writePart(file: string, part: Part, documents: Split[Part], format: TrainingFormat): TrainingFile[] {
  if (documents.length === 0) {
    rmSync(file, { force: true });
    return [];
  }
  const { head, line } = WRITERS[format];
  writeLines(
    file,
    (function* () {
      if (head !== '') yield head;
      for (const { text } of documents) yield line(text.replace(MARKS, ''));
    })(),
  );
  return [{ file, part, documents: documents.length }];
}

/** RFC 4180. */
function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
