import { createHash } from 'node:crypto';
import type { Document, Part } from './document.ts';

export interface Split {
  readonly train: readonly Document[];
  readonly validation: readonly Document[];
  readonly test: readonly Document[];
}

const VALIDATION_FROM = 0.9;
const TEST_FROM = 0.95;

/**
 * Train, validation and test: about 90, 5 and 5 in a hundred. A document is where `corpus build` put it, by time and thread.
 * The place of any other one depends on its id alone, so it never moves when others come or go; a corpus of a few such
 * documents may therefore leave a part empty.
 */
export function splitCorpus(documents: readonly Document[]): Split {
  const parts: Record<Part, Document[]> = { train: [], validation: [], test: [] };
  for (const document of documents) parts[document.part ?? partOf(document.id)].push(document);
  return parts;
}

export function partOf(id: string): Part {
  const share = createHash('sha256').update(id).digest().readUInt32BE() / 2 ** 32;
  if (share < VALIDATION_FROM) return 'train';
  return share < TEST_FROM ? 'validation' : 'test';
}
