/** Makes a corpus of a dictd dictionary, an entry a document: `node src/corpus/write-dictionary-corpus.ts DICTIONARY SOURCE CORPUS` */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { dictEntries } from './dict-entries.ts';
import type { Document } from './document.ts';
import { typeset } from './typeset.ts';

const [dictionary, source, corpusFile] = process.argv.slice(2);
if (dictionary === undefined || source === undefined || corpusFile === undefined) {
  throw new Error(
    'Expected DICTIONARY SOURCE CORPUS, such as /usr/share/dictd/devil "The Devil\'s Dictionary" corpus.jsonl',
  );
}

const entriesOfWord = new Map<string, number>();
const documents = dictEntries(dictionary).map(({ headwords: [headword = ''], text }): Document => {
  const count = (entriesOfWord.get(headword) ?? 0) + 1;
  entriesOfWord.set(headword, count);
  const word = headword.replace(/\s+/g, '-');
  return {
    id: `${path.basename(dictionary)}:${word}${count > 1 ? `-${count}` : ''}`,
    text: typeset(text),
    source,
  };
});
writeFileSync(corpusFile, documents.map((document) => `${JSON.stringify(document)}\n`).join(''));
