/** Makes archives of a dictd dictionary, as if somebody had posted it: `node src/corpus/write-dictionary-archives.ts DICTIONARY FOLDER` */
import path from 'node:path';
import { dictEntries } from './dict-entries.ts';
import { writeArchives } from './dictionary-archives.ts';
import { PARTS } from './document.ts';
import { partOf } from './split-corpus.ts';
import { typeset } from './typeset.ts';

const FIRST_POST = Date.UTC(2025, 0, 1, 8, 30);
const BETWEEN_POSTS_MS = 8 * 3_600_000;

const [dictionary, folder] = process.argv.slice(2);
if (dictionary === undefined || folder === undefined) {
  throw new Error('Expected DICTIONARY FOLDER, such as /usr/share/dictd/devil archives');
}

const entriesOfWord = new Map<string, number>();
const entries = dictEntries(dictionary).map(({ headwords: [headword = ''], text }) => {
  const count = (entriesOfWord.get(headword) ?? 0) + 1;
  entriesOfWord.set(headword, count);
  const word = headword.replace(/\s+/g, '-');
  return {
    part: PARTS.indexOf(partOf(`${path.basename(dictionary)}:${word}${count > 1 ? `-${count}` : ''}`)),
    text: typeset(text),
  };
});
// `corpus build` keeps the newest apart: they are to be among those that a split by words keeps apart.
const oldestFirst = entries.sort((a, b) => a.part - b.part);
writeArchives(
  folder,
  oldestFirst.map(({ text }, index) => ({ text, time: new Date(FIRST_POST + index * BETWEEN_POSTS_MS) })),
);
