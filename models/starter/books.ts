/** The starter's texts: which books are for training, and which are kept apart whole. */
import { readFileSync } from 'node:fs';
import { UserError } from '../../src/errors.ts';

export interface Books {
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly test: readonly string[];
}

const VALIDATION = ['The Time Machine', 'A Christmas Carol'];
export const TEST = ['The Hound of the Baskervilles', 'Three Men in a Boat', 'The Wind in the Willows', 'Lady Windermere’s Fan'];
/** The example persona's own book: the starter must not have read it. */
const UNREAD = ['The Devil’s Dictionary'];

/** Reads JSON lines with `title` and `text`, one chapter or story each. */
export function readBooks(files: readonly string[]): Books {
  const books = { train: [], validation: [], test: [] } satisfies Record<keyof Books, string[]> as Record<keyof Books, string[]>;
  for (const file of files) {
    for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
      if (line === '') continue;
      const { title, text } = JSON.parse(line);
      if (typeof title !== 'string' || typeof text !== 'string') {
        throw new UserError(`${file}:${index + 1}: expected a title and a text`, { hint: 'One JSON object a line.' });
      }
      if (!UNREAD.includes(title)) books[partOf(title)].push(plainQuotes(text));
    }
  }
  return books;
}

export function partOf(title: string): keyof Books {
  if (VALIDATION.includes(title)) return 'validation';
  return TEST.includes(title) ? 'test' : 'train';
}

/** Straight quotes, as people type them, and as GPT-2's tokenizer knows contractions. */
function plainQuotes(text: string): string {
  return text.replaceAll(/[‘’]/g, "'").replaceAll(/[“”]/g, '"');
}
