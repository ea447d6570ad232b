import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countCharacters } from '../../src/publishing/mastodon/count-characters.ts';
import { splitThread } from '../../src/publishing/split-thread.ts';
import { countWeights } from '../../src/publishing/x/count-weights.ts';

const count = (text: string) => text.length;
const limits = { max: 30, count, most: 25, language: 'en' };

test('a text that fits is one post, as it is', () => {
  assert.deepEqual(splitThread(' Hope is a debt. ', limits), [' Hope is a debt. ']);
});

test('a longer one is cut after sentences', () => {
  assert.deepEqual(splitThread('Hope is a debt. It is paid in years.\n\nNobody lends it twice.', limits), [
    'Hope is a debt.',
    'It is paid in years.',
    'Nobody lends it twice.',
  ]);
});

test('a sentence that is longer than a post is cut after words, and a longer word where it must be', () => {
  const parts = splitThread(`A ${'very '.repeat(10)}long one. ${'o'.repeat(40)}`, limits)!;

  assert.ok(parts.every((part) => part.length <= 30));
  assert.equal(parts.join('').replaceAll(' ', ''), `A${'very'.repeat(10)}longone.${'o'.repeat(40)}`);
});

test('a link is never cut, and counts as its network counts it', () => {
  const link = `https://example.org/${'a.b/'.repeat(30)}end`;
  const mastodon = { ...limits, max: 40, count: (text: string) => countCharacters(text, 23) };

  const parts = splitThread(`Read this, it is long and it is good: ${link} and then this.`, mastodon)!;

  assert.equal(parts.filter((part) => part.includes(link)).length, 1);
});

test('more posts than the persona may are none, and neither is a thread where none is allowed', () => {
  assert.equal(splitThread('one two three four five six seven eight nine ten', { ...limits, max: 10, most: 4 }), null);
  assert.equal(splitThread('one two three four', { ...limits, max: 10, most: 1 }), null);
});

const words = fc.array(
  fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    fc.constantFrom(
      'Yes.',
      'e.g.',
      'https://example.org/a.b/c?d=e',
      '日本語の文。',
      '👩‍👩‍👧‍👧',
      '\n\n',
      'No!',
      '“So?”',
      '@bob@example.social',
    ),
  ),
  { maxLength: 60 },
);
const countings = {
  letters: (text: string) => [...text].length,
  mastodon: (text: string) => countCharacters(text, 23),
  x: countWeights,
};

for (const [name, counting] of Object.entries(countings)) {
  test(`by ${name}, whatever the text: every part fits, none is empty, and nothing but white space is lost`, () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 40, max: 120 }), (pieces, max) => {
        const text = pieces.join(' ');

        const parts = splitThread(text, { max, count: counting, most: Number.POSITIVE_INFINITY, language: 'en' });

        if (parts === null) return;
        const solid = (said: string) => said.replaceAll(/\s/gu, '');
        assert.equal(solid(parts.join('')), solid(text));
        if (parts.length === 1) return;
        for (const part of parts) assert.ok(counting(part) <= max && part.trim() !== '', part);
      }),
      { numRuns: 300 },
    );
  });
}
