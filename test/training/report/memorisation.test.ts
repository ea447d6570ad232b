import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { longestMatches } from '../../../src/training/report/longest-matches.ts';
import { memorisation } from '../../../src/training/report/memorisation.ts';
import { copiedShare, novelty } from '../../../src/training/report/novelty.ts';

const texts = fc.array(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 14 }), { maxLength: 4 });

test('the longest match of every word is the one that comparing everything with everything finds', () => {
  fc.assert(
    fc.property(texts, texts, (asked, others) => {
      const known = others.map((other) => ` ${other.join(' ')} `);
      const slowly = asked.map((text) =>
        text.map((_, at) => {
          const lengths = Array.from({ length: at + 1 }, (_, index) => at + 1 - index);
          return (
            lengths.find((n) => known.some((o) => o.includes(` ${text.slice(at + 1 - n, at + 1).join(' ')} `))) ?? 0
          );
        }),
      );

      const matches = longestMatches(asked, others);

      assert.deepEqual(
        matches.map((text) => [...text]),
        slowly,
      );
    }),
    { numRuns: 500 },
  );
});

test('novelty is the share of n-grams that the training texts lack, and no text of that length is null', () => {
  const matches = longestMatches(
    [['the', 'cat', 'sat', 'down']],
    [
      ['the', 'cat', 'ran'],
      ['sat', 'down'],
    ],
  );

  assert.deepEqual(novelty(matches).slice(0, 5), [0, 1 / 3, 1, 1, null]);
});

test('the copied share counts every word of a copy once, where copies overlap too', () => {
  const training = ['a b c d', 'c d e f'].map((text) => text.split(' '));
  const matches = longestMatches(['x a b c d e f y'.split(' ')], training);

  assert.equal(copiedShare(matches, 4), 6 / 8);
  assert.equal(copiedShare(matches, 5), 0);
  assert.equal(copiedShare([], 5), 0);
});

const sentence = (from: number, words: number) =>
  Array.from({ length: words }, (_, index) => `word${from + index}`).join(' ');
const training = Array.from({ length: 60 }, (_, index) => sentence(1000 * index, 100));
const large = { documents: 1000, words: 100_000 };

test('a model that says its texts by heart is told, with the share and the longest copy', () => {
  const samples = [`New beginning, ${sentence(5010, 25).toUpperCase()}!`, sentence(900_000, 50)];

  const {
    samples: own,
    isMemorised,
    findings,
  } = memorisation({
    samples,
    training,
    heldOut: [sentence(2_000_000, 200)],
    corpus: large,
  });

  assert.equal(isMemorised, true);
  assert.deepEqual(own.copied, [
    { words: 10, share: 25 / 77 },
    { words: 20, share: 25 / 77 },
    { words: 50, share: 0 },
    { words: 100, share: 0 },
  ]);
  assert.deepEqual(own.longest, { words: 25, quote: sentence(5010, 25) });
  assert.match(findings[0]!.says, /^Says texts by heart: 32\.5% .* 0\.0% of the held-out texts$/);
});

test('a model may quote as much as the held-out texts do', () => {
  const { isMemorised, findings } = memorisation({
    samples: [`${sentence(0, 30)} and ${sentence(900_000, 30)}`],
    training,
    heldOut: [`${sentence(3000, 30)} or ${sentence(800_000, 30)}`],
    corpus: large,
    losses: { training: 3.2, validation: 3.4 },
  });

  assert.deepEqual([isMemorised, findings.map(({ isGood }) => isGood)], [false, [true, true, true]]);
});

test('a training loss far below that of validation tells it, and so does a corpus too small', () => {
  const { isMemorised, findings } = memorisation({
    samples: [],
    training: [],
    heldOut: [],
    corpus: { documents: 12, words: 4000 },
    losses: { training: 0.4, validation: 4.1 },
  });

  assert.equal(isMemorised, true);
  assert.deepEqual(
    findings.map(({ says }) => says),
    [
      'No samples to compare',
      'Knows its texts far better than others: 0.40 nats a token on what it learns from, 4.10 on what it never saw',
      'Not enough: 4,000 words in 12 documents',
    ],
  );
});
