/** Which documents every step of a training read, and how they lay in its rows: names and places, no words. */
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { textLines } from '../../corpus/text-lines.ts';
import type { Row } from '../data/packing.ts';
import type { TokenDocument } from '../data/token-documents.ts';

export interface ReadStep {
  /** Counted from 1, in all stages. */
  readonly step: number;
  /** In their order: a step's micro-batches are so many rows each. */
  readonly rows: readonly (readonly ReadPiece[])[];
}

/**
 * A document that was read whole, or the part of it that fits into a row: its tokens from `start` to before `end`, each of which
 * predicts the next one. Token 0 is the end-of-text token that it begins with.
 */
export type ReadPiece =
  | readonly [corpus: string, id: string]
  | readonly [corpus: string, id: string, start: number, end: number];

const BATCHES = 'batches.jsonl';

export function appendBatch(
  folder: string,
  step: number,
  rows: readonly Row[],
  corpusOf: (document: TokenDocument) => string,
): void {
  const pieces = rows.map((row) =>
    row.map(({ document, start, end }): ReadPiece => {
      const name = [corpusOf(document), document.id] as const;
      return start === 0 && end === document.tokens.length - 1 ? name : [...name, start, end];
    }),
  );
  appendFileSync(path.join(folder, BATCHES), `${JSON.stringify({ step, rows: pieces } satisfies ReadStep)}\n`);
}

/** Steps after the last checkpoint are made again, so their lines go, also one that a kill cut short. */
export function keepBatches(folder: string, lastStep: number): void {
  const file = path.join(folder, BATCHES);
  if (!existsSync(file)) return;
  const content = readFileSync(file, 'latin1'); // a character a byte
  let kept = 0;
  for (let end = content.indexOf('\n'); end !== -1; end = content.indexOf('\n', kept)) {
    const [, step] = /^\{"step":(\d+),/.exec(content.slice(kept, kept + 40)) ?? [];
    if (!(Number(step) <= lastStep)) break;
    kept = end + 1;
  }
  truncateSync(file, kept);
}

/** Whether a training wrote them down: those of before that was done did not. */
export function hasBatches(folder: string): boolean {
  return existsSync(path.join(folder, BATCHES));
}

/** Oldest first; nothing of a run that was made before batches were written down. */
export function* readBatches(folder: string): Generator<ReadStep> {
  const file = path.join(folder, BATCHES);
  if (!existsSync(file)) return;
  for (const { text } of textLines(file)) {
    if (!text.endsWith('}')) return; // the last one is still being written, or was cut short
    yield JSON.parse(text);
  }
}
