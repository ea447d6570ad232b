/** Conversations of novels: paragraphs in a row in which people speak, what they say in quotes taken as a turn. */
import { readFileSync } from 'node:fs';
import { partOf } from '../../models/starter/books.ts';

export interface Conversation {
  readonly title: string;
  /** In the order in which they were said, by two people in turn as far as a reader can tell. */
  readonly turns: readonly string[];
}

const LEAST_TURNS = 4;
const LONGEST_TURN = 400; // characters: who speaks longer tells a story

/** Of the books that the starter never read (`test`), or of those that it was trained on. */
export function bookConversations(file: string, part: 'train' | 'test'): readonly Conversation[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const { title, text }: { readonly title: string; readonly text: string } = JSON.parse(line);
      return partOf(title) === part ? runsIn(text).map((turns) => ({ title, turns })) : [];
    });
}

function runsIn(text: string): readonly (readonly string[])[] {
  const runs: string[][] = [[]];
  for (const paragraph of text.replaceAll(/[‘’]/g, "'").split('\n\n')) {
    const said = saidIn(paragraph);
    if (said === undefined) runs.push([]);
    else runs.at(-1)!.push(said);
  }
  return runs.filter(({ length }) => length >= LEAST_TURNS);
}

/** What is between the quotes of a paragraph that begins with one; what the narrator puts between is left out. */
function saidIn(paragraph: string): string | undefined {
  if (!paragraph.startsWith('“')) return undefined;
  const spans = [...paragraph.matchAll(/“([^“”]*)”?/g)].map(([, span = '']) => span.trim());
  const said = spans.join(' ').replaceAll(/\s+/g, ' ').trim();
  return said === '' || said.length > LONGEST_TURN ? undefined : said;
}
