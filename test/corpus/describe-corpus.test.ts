import assert from 'node:assert/strict';
import { test } from 'node:test';
import { corpusPage } from '../../src/corpus/corpus-page.ts';
import { describeCorpus } from '../../src/corpus/describe-corpus.ts';
import type { Document } from '../../src/corpus/document.ts';
import { timeHistogram } from '../../src/corpus/time-histogram.ts';
import { verdict } from '../../src/corpus/verdict.ts';
import { randomFrom } from '../../src/random.ts';

const documents: Document[] = Array.from({ length: 50 }, (_, n) => ({
  id: `x:${n}`,
  text:
    n % 10 === 0
      ? `Good morning to the moss of day ${(n + 11) ** 7}`
      : `Day ${(n + 3) ** 6} of rain, ${(n + 5) ** 7} drops`,
  source: n < 40 ? 'x' : 'mastodon',
  time: `20${20 + Math.floor(n / 10)}-03-04T05:06:07.000Z`,
  language: 'en',
}));

test('a corpus is described in numbers', () => {
  const about = describeCorpus(documents, { random: randomFrom(1), countTokens: (text) => text.length });

  assert.equal(about.documents, 50);
  assert.equal(about.words, 5 * 8 + 45 * 6);
  assert.equal(about.tokens, about.characters);
  assert.deepEqual([about.time.from, about.time.to], ['2020-03-04T05:06:07.000Z', '2024-03-04T05:06:07.000Z']);
  assert.deepEqual(about.sources, [
    { name: 'x', documents: 40 },
    { name: 'mastodon', documents: 10 },
  ]);
  assert.deepEqual(about.languages, [{ name: 'en', documents: 50 }]);
  assert.deepEqual(about.openings, [
    { name: 'day of rain', documents: 45 },
    { name: 'good morning to', documents: 5 },
  ]);
  assert.equal(new Set(about.examples.map(({ id }) => id)).size, 10);
  assert.equal(about.parts.train + about.parts.validation + about.parts.test, 50);
});

test('near duplicates of a corpus that was not built are looked for', () => {
  const twice = [...documents, { id: 'again', text: `${documents[3]!.text}!`, source: 'x' }];

  const { nearDuplicates } = describeCorpus(twice, { random: randomFrom(1) });

  assert.deepEqual(nearDuplicates, [{ like: 'x:3', text: documents[3]!.text, documents: 2 }]);
});

test('the histogram has days, months or years, and those without documents too', () => {
  const labels = (...times: string[]) => timeHistogram(times).map(({ label }) => label);

  assert.deepEqual(labels('2023-12-31T00:00:00Z', '2024-01-02T00:00:00Z'), ['2023-12-31', '2024-01-01', '2024-01-02']);
  assert.deepEqual(labels('2023-11-30T00:00:00Z', '2024-02-01T00:00:00Z'), [
    '2023-11',
    '2023-12',
    '2024-01',
    '2024-02',
  ]);
  assert.deepEqual(labels('2009-01-01T00:00:00Z', '2012-02-01T00:00:00Z'), ['2009', '2010', '2011', '2012']);
  assert.deepEqual(timeHistogram([]), []);
});

test('the verdict says with numbers whether it is enough and of one kind', () => {
  const lengths = { shortTenth: 5, longTenth: 40 };
  const good = verdict({ documents: 2000, words: 31_000, languages: [{ name: 'en', documents: 1990 }], lengths });
  const bad = verdict({
    documents: 2000,
    words: 29_000,
    languages: [
      { name: 'en', documents: 1500 },
      { name: 'fr', documents: 500 },
    ],
    lengths,
  });

  assert.deepEqual([good.enough.isGood, good.uniform.isGood], [true, true]);
  assert.equal(bad.enough.says, 'Not enough: 29,000 words in 2,000 documents');
  assert.match(bad.uniform.says, /^Too mixed: 75% en.*`languages: \[en\]`/);
});

const ENGLISH = [{ name: 'en', documents: 100 }];
const EVEN = { shortTenth: 5, longTenth: 40 };

/** At each bound of the verdict, and one beyond it. */
const verdicts: readonly (readonly [story: string, measures: Partial<Parameters<typeof verdict>[0]>, says: string])[] =
  [
    ['30,000 words in 40 documents are enough', {}, 'Enough: 30,000 words in 40 documents'],
    ['a word less is not', { words: 29_999 }, 'Not enough: 29,999 words in 40 documents'],
    ['nor is a document less', { documents: 39 }, 'Not enough: 30,000 words in 39 documents'],
    [
      'posts beside essays are too mixed',
      { lengths: { shortTenth: 4, longTenth: 201 } },
      'Too mixed: 100% en, the longest tenth has 51 times the words of the shortest tenth',
    ],
    [
      'fifty times as long is of one kind',
      { lengths: { shortTenth: 4, longTenth: 200 } },
      'Of one kind: 100% en, the longest tenth has 50 times the words of the shortest tenth',
    ],
    [
      'a tenth in another language is of one kind',
      {
        languages: [
          { name: 'en', documents: 90 },
          { name: 'fr', documents: 10 },
        ],
      },
      'Of one kind: 90% en, the longest tenth has 8 times the words of the shortest tenth',
    ],
    [
      'more than a tenth is too mixed, and what to do is said',
      {
        languages: [
          { name: 'en', documents: 89 },
          { name: 'fr', documents: 11 },
        ],
      },
      'Too mixed: 89% en, the longest tenth has 8 times the words of the shortest tenth; `languages: [en]` keeps the main language alone',
    ],
    [
      'without a language that is known only lengths count',
      { languages: [], lengths: { shortTenth: 0, longTenth: 60 } },
      'Too mixed: language unknown, the longest tenth has 60 times the words of the shortest tenth',
    ],
  ];

for (const [story, measures, says] of verdicts) {
  test(`the verdict: ${story}`, () => {
    const { enough, uniform } = verdict({
      documents: 40,
      words: 30_000,
      languages: ENGLISH,
      lengths: EVEN,
      ...measures,
    });

    const finding = says.startsWith('Enough') || says.startsWith('Not') ? enough : uniform;
    assert.equal(finding.says, says);
    assert.equal(finding.isGood, /^(?:Enough|Of one kind)/.test(says));
  });
}

test('the page stands alone, and shows texts without obeying them', () => {
  const wild: Document = { id: '"><script>', text: '<script>alert(1)</script> & "moss"\u0000', source: '<b>' };

  const page = corpusPage('<mira>', describeCorpus([...documents, wild], { random: randomFrom(2) }));

  assert.match(page, /^<!doctype html>/);
  assert.match(page, /<svg /);
  assert.doesNotMatch(page, /<script|<b>x|<mira>|https?:\/\/|src=/);
  assert.ok(!page.includes('\u0000'));
});
