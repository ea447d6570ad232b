import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discountsOf, negativeLogLikelihood, probability, trainNgrams } from '../../bench/starter/kneser-ney.ts';

const [A, B, C, UNSEEN, END] = [0, 1, 2, 3, 4];
const SETTINGS = { vocabularySize: 5, endOfText: END };
const tokens = (...documents: number[][]) => Uint32Array.from([END, ...documents.flatMap((words) => [...words, END])]);

/** Too small for estimated discounts, so: ½ of a count of 1, 1 of 2, 1½ of 3 or more. */
const toy = tokens([A, B, A], [A, B], [C, B]);

test('bigrams of a toy corpus have the probabilities that one works out by hand', () => {
  const ngrams = trainNgrams(toy, { ...SETTINGS, order: 2 });
  // Different tokens before: A 2 (end, B), B 2 (A, C), C 1 (end), end 2 (A, B); 7 in all; discounts 1, 1, ½, 1.
  const unigram = (count: number, discount: number) => (count - discount) / 7 + (3.5 / 7) * (1 / 5);
  const [a, b, c, unseen] = [unigram(2, 1), unigram(2, 1), unigram(1, 0.5), unigram(0, 0)];
  // After the beginning: A twice, C once. After A: B twice, end once. After B: A once, end twice. After C: B once.
  const expected = [
    [probability(ngrams, [], A), (2 - 1) / 3 + (1.5 / 3) * a],
    [probability(ngrams, [], C), (1 - 0.5) / 3 + (1.5 / 3) * c],
    [probability(ngrams, [], B), (1.5 / 3) * b],
    [probability(ngrams, [A], B), (2 - 1) / 3 + (1.5 / 3) * b],
    [probability(ngrams, [A, B], A), (1 - 0.5) / 3 + (1.5 / 3) * a],
    [probability(ngrams, [C], B), (1 - 0.5) / 1 + (0.5 / 1) * b],
    [probability(ngrams, [C], UNSEEN), (0.5 / 1) * unseen],
    [probability(ngrams, [UNSEEN], A), a],
  ];

  for (const [actual, byHand] of expected) assert.ok(Math.abs(actual! - byHand!) < 1e-12, `${actual} is not ${byHand}`);
});

test('trigrams count what begins a document by occurrence and the rest by what stands before', () => {
  const ngrams = trainNgrams(toy, { ...SETTINGS, order: 3 });
  // Bigrams: (begin A) 2 and (begin C) 1 by occurrence; (A B) after begin alone: 1; (C B) 1; (B A) 1; (A end) after B: 1;
  // (B end) after A and after C: 2.
  const a = (2 - 1) / 7 + (3.5 / 7) * (1 / 5);
  const b = a;
  const afterBegin = (2 - 1) / 3 + (1.5 / 3) * a;
  const afterA = (1 - 0.5) / 2 + (1 / 2) * b; // B 1, end 1
  const afterBeginA = (2 - 1) / 2 + (1 / 2) * afterA; // (begin A B) twice

  assert.ok(Math.abs(probability(ngrams, [], A) - afterBegin) < 1e-12);
  assert.ok(Math.abs(probability(ngrams, [A], B) - afterBeginA) < 1e-12);
});

test('after any context the probabilities sum to 1, with estimated discounts too', () => {
  let state = 1;
  const draw = (below: number) => Math.floor(((state = (state * 48271) % 2147483647) / 2147483647) ** 2 * below);
  const documents = Array.from({ length: 300 }, () => Array.from({ length: draw(30) }, () => draw(39)));
  const settings = { vocabularySize: 40, endOfText: 39 };
  const corpus = Uint32Array.from([39, ...documents.flatMap((words) => [...words, 39])]);

  for (const order of [2, 3, 4, 5]) {
    const ngrams = trainNgrams(corpus, { ...settings, order });
    for (const context of [[], [3], [1, 2], [7, 0, 0, 1, 4], [38, 38, 38], documents[5]!]) {
      const sum = Array.from({ length: 40 }, (_, word) => probability(ngrams, context, word)).reduce((x, y) => x + y);
      assert.ok(Math.abs(sum - 1) < 1e-9, `order ${order} after ${context}: ${sum}`);
    }
    assert.notDeepEqual(ngrams.discounts[2], [0, 0.5, 1, 1.5]);
  }
});

test('the likelihood of documents is that of their tokens, one end of text each, and starts anew at each', () => {
  const ngrams = trainNgrams(toy, { ...SETTINGS, order: 3 });

  const sum = negativeLogLikelihood(ngrams, tokens([A, B], [C]));

  const parts = [
    probability(ngrams, [], A),
    probability(ngrams, [A], B),
    probability(ngrams, [A, B], END),
    probability(ngrams, [], C),
    probability(ngrams, [C], END),
  ];
  assert.ok(Math.abs(sum + parts.reduce((total, p) => total + Math.log(p), 0)) < 1e-12);
});

test('discounts are those of Chen and Goodman, or fixed ones where a corpus is too small to estimate them', () => {
  const y = 100 / (100 + 2 * 40);
  assert.deepEqual(discountsOf([100, 40, 20, 10]), [
    0,
    1 - (2 * y * 40) / 100,
    2 - (3 * y * 20) / 40,
    3 - (4 * y * 10) / 20,
  ]);
  assert.deepEqual(discountsOf([3, 0, 0, 0]), [0, 0.5, 1, 1.5]);
});
