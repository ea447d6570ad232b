import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { decodeHTML } from 'entities';
import { corpusLines } from '../../src/cli/corpus-lines.ts';
import { corpusPage } from '../../src/corpus/corpus-page.ts';
import type { CorpusReport } from '../../src/corpus/corpus-report.ts';
import { describeCorpus } from '../../src/corpus/describe-corpus.ts';
import type { Document } from '../../src/corpus/document.ts';

const documents: Document[] = Array.from({ length: 12 }, (_, n) => ({
  id: `x:${n}`,
  text:
    n < 4 ? `Good morning to moss ${n}` : n < 10 ? `The rain of day ${n} fell` : `Une pluie ${'très '.repeat(n)}fine`,
  source: n < 9 ? 'x' : 'mastodon',
  ...(n < 11 && { time: `${n < 6 ? 2021 : 2023}-03-04T05:06:07.000Z` }),
  language: n < 10 ? 'en' : 'fr',
}));

const part = { documents: 4, hash: 'h' };
const report: CorpusReport = {
  corpus: 'mine',
  owner: ['mira_q', 'Mira Quill'],
  licence: 'CC BY 4.0',
  archives: [
    { name: 'x.zip', format: 'x', texts: 1400, leftOut: { retweet: 60, private: 1 } },
    { name: 'blog.xml', format: 'wordpress', texts: 100, leftOut: { private: 90 } },
    { name: 'notes', format: 'text', texts: 0 },
  ],
  settings: { languages: [], cleaning: {}, personalData: 'replace' },
  read: 1500,
  documents: 12,
  dropped: { 'too short': 1485, 'near duplicate': 3 },
  changed: { links: 2 },
  parts: { train: part, validation: part, test: part },
};

const about = describeCorpus(documents, {
  random: () => 0.5,
  report,
  repeats: [{ like: 'x:1' }, { like: 'x:1' }, { like: 'x:5' }],
  countTokens: (text) => text.length,
});

test('what a person is shown of a corpus: numbers, bars, openings, repeats and their rule, examples, and a verdict', () => {
  const lines = corpusLines({ ...about, examples: documents.slice(0, 2) }, 80).map(stripVTControlCharacters);

  assert.deepEqual(lines, [
    '12 documents, 83 words, 353 tokens',
    '12 to train on, 0 for validation, 0 for the test',
    'Owner: mira_q, Mira Quill. Licence: CC BY 4.0',
    'From: x.zip (1,400), blog.xml (100), notes (0)',
    '',
    'Written: 2021-03-04 to 2023-03-04, 1 without a time',
    '  2021  ██████████████████████████████ 6',
    '  2022   0',
    '  2023  █████████████████████████ 5',
    '',
    'Languages',
    '  en  ██████████████████████████████ 10',
    '  fr  ██████ 2',
    '',
    'Sources',
    '  x         ██████████████████████████████ 9',
    '  mastodon  ██████████ 3',
    '',
    'Words: median 6, a tenth up to 5, a tenth from 13, longest 14',
    '  1      0',
    '  2–3    0',
    '  4–7   ██████████████████████████████ 10',
    '  8–15  ██████ 2',
    '',
    'Most frequent openings',
    '  the rain of      ██████████████████████████████ 6',
    '  good morning to  ████████████████████ 4',
    '  une pluie très   ██████████ 2',
    '',
    'Near duplicates, of which one is kept',
    '  Good morning to moss 1',
    '    3 alike',
    '  The rain of day 5 fell',
    '    2 alike',
    '  Rule: of all the pieces of 5 letters that two texts have, 80% are in both',
    '  (Jaccard similarity 0.8 or more).',
    '',
    'Left out when archives were read, by rule',
    '  private  ██████████████████████████████ 91',
    '  retweet  ███████████████████▊ 60',
    '',
    'Left out of 1,500 texts, by rule',
    '  too short       ██████████████████████████████ 1,485',
    '  near duplicate   3',
    '',
    'Changed, by rule',
    '  links  ██████████████████████████████ 2',
    '',
    '2 at random',
    '  Good morning to moss 0',
    '    x:0 2021-03-04',
    '  Good morning to moss 1',
    '    x:1 2021-03-04',
    '',
    '✗ Not enough: 83 words in 12 documents',
    '  Rule: at least 30,000 words in 40 documents; with less, a model learns the',
    '  texts by heart.',
    '✗ Too mixed: 83% en, the longest tenth has 3 times the words of the shortest',
    'tenth; `languages: [en]` keeps the main language alone',
    '  Rule: at least 90% in one language, and lengths within a factor of 50.',
  ]);
});

/** What a reader of the page sees, in one line. */
function readable(page: string): string {
  const [, body = ''] = page.split('<body>');
  return decodeHTML(body.replace(/<[^<>]*>/g, ' ')).replace(/\s+/g, ' ');
}

test('the page says all that the terminal says, but for its bars', () => {
  const page = readable(corpusPage('mira', { ...about, examples: documents.slice(0, 2) }));

  for (const said of [
    ...['12 documents', '83 words', '353 tokens', '12 to train on, 0 for validation, 0 for the test'],
    ...['Owner: mira_q, Mira Quill. Licence: CC BY 4.0', 'From: x.zip (1,400), blog.xml (100), notes (0)'],
    ...['Written: 2021-03-04 to 2023-03-04, 1 without a time', '2021 6 2022 0 2023 5', 'Languages en 10 fr 2'],
    ...['Sources x 9 mastodon 3', 'Words: median 6, a tenth up to 5, a tenth from 13, longest 14'],
    ...['1 0 2–3 0 4–7 10 8–15 2', 'the rain of 6 good morning to 4 une pluie très 2'],
    ...['Good morning to moss 1 3 alike The rain of day 5 fell 2 alike', 'Rule: of all the pieces of 5 letters'],
    ...['Left out when archives were read, by rule private 91 retweet 60'],
    ...['Left out of 1,500 texts, by rule too short 1,485 near duplicate 3', 'Changed, by rule links 2'],
    ...['2 at random Good morning to moss 0 x:0 2021-03-04 Good morning to moss 1 x:1 2021-03-04'],
    ...['Not enough: 83 words in 12 documents', 'Too mixed: 83% en, the longest tenth has 3 times the words'],
    ...['at least 30,000 words in 40 documents', 'lengths within a factor of 50'],
  ]) {
    assert.ok(page.includes(said), `${said}: not in ${page}`);
  }
});

test('a corpus that was not built, without times, has no sections that would be empty, in the terminal and on the page', () => {
  const bare = describeCorpus(
    documents.slice(3, 5).map(({ time: _, ...document }) => document),
    { random: () => 0.5 },
  );

  const [lines, page] = [corpusLines(bare, 80).map(stripVTControlCharacters), readable(corpusPage('mira', bare))];

  for (const said of [lines.join('\n'), page]) {
    assert.match(said, /None of them has a time\s[\s\S]*Sources/);
    assert.doesNotMatch(said, /Written|Near duplicates|Left out|Changed|tokens|Owner|undefined|NaN/);
  }
});

test('of a chart with more than forty bars the first are shown, and how many more there are', () => {
  const many = { ...about, sources: Array.from({ length: 70 }, (_, n) => ({ name: `s${n}`, documents: 70 - n })) };

  assert.ok(corpusLines(many, 80).includes('  and 58 more'));
  assert.match(readable(corpusPage('mira', many)), /s59 11 and 10 more/);
});

test('of very many archives, as of chats, twenty are named and the others counted', () => {
  const archives = Array.from({ length: 1250 }, (_, n) => ({ name: `c${n}`, format: 'whatsapp', texts: n }));
  const many = { ...about, report: { ...report, archives } };

  assert.match(readable(corpusPage('mira', many)), /From: c0 \(0\), .*, c19 \(19\) and 1,230 more/);
});
