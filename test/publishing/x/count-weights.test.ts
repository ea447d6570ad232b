import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import twitter from 'twitter-text';
import { countWeights } from '../../../src/publishing/x/count-weights.ts';

const CASES: readonly (readonly [text: string, weight: number])[] = [
  ['a'.repeat(280), 280],
  ['字'.repeat(140), 280],
  ['👩‍👩‍👧‍👦', 2],
  ['👍🏽', 2],
  ['❤️', 2],
  ['🇫🇷', 2],
  ['Привет — “мир”', 14],
  ['…', 2],
  ['e\u0301', 1],
  ['https://example.org/a/very/long/path/that/goes/on?and=on&on=1', 23],
  ['see example.com now', 31],
  ['no.such-ending here', 19],
  ['#1 * 2', 6],
];

for (const [text, weight] of CASES) {
  test(`«${text.slice(0, 30)}» weighs ${weight}, as twitter-text has it`, () => {
    assert.equal(countWeights(text), weight);
    assert.equal(twitter.parseTweet(text).weightedLength, weight);
  });
}

test('texts of letters, signs, emoji and links weigh what twitter-text has them weigh', () => {
  const piece = fc.oneof(
    fc.constantFrom('word', 'слово', '字', 'é', '…', '—', '“', '?', ',', '#tag', '@ada', '12', '€'),
    fc.constantFrom('👍', '👩‍🚀', '❤️', '🇫🇷', '👍🏽', '🏴‍☠️', '☀️', '😀'),
    fc.constantFrom('https://example.org', 'http://example.com/a/b?c=d', 'example.com', 'www.example.co.uk/x'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join(' ');
      assert.equal(countWeights(text), twitter.parseTweet(text).weightedLength);
    }),
    { numRuns: 500 },
  );
});
