import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CopyIndex, SHORTEST_PASSAGE } from '../../src/scoring/copy-index.ts';

const SAYING = 'a statement or belief manifestly inconsistent with one’s own opinion, and so on to the end of the line';

test('a passage is found wherever it stands, in its text and in the other', () => {
  const index = new CopyIndex([
    'another text of some length that nobody asked about',
    `Here begins ${SAYING}. And more.`,
  ]);

  const { longest } = index.overlap(`Quoth he: ${SAYING.slice(20, 75)}!!`);

  assert.equal(longest?.textIndex, 1);
  assert.equal(longest?.quote, SAYING.slice(20, 75).replace('’', "'"));
});

test('case, spaces, quotes, dashes and invisible characters hide no copy', () => {
  const index = new CopyIndex(['He said: “It’s a stray dog” — and then\nhe went home to sleep the whole day.']);

  const { longest } = index.overlap('HE SAID:  "It\'s a st\u200bray dog"--and THEN he went home');

  assert.equal(longest?.quote, 'he said: "it\'s a stray dog"-and then he went home');
});

test('the share is of the characters that lie in shared passages', () => {
  const index = new CopyIndex([SAYING]);

  assert.equal(index.overlap(SAYING).share, 1);
  assert.equal(index.overlap('Nothing of the kind was ever said by anybody here.').share, 0);
  const half = index.overlap(`${SAYING.slice(0, 50)}${'0123456789'.repeat(5)}`).share;
  assert.ok(Math.abs(half - 0.5) < 0.02, String(half));
});

test('two texts do not make a passage together', () => {
  const index = new CopyIndex([SAYING.slice(0, 25), SAYING.slice(25, 50)]);

  assert.equal(index.overlap(SAYING).longest, undefined);
});

test('an index of nothing finds nothing, and nothing shares nothing', () => {
  assert.deepEqual(new CopyIndex([]).overlap(SAYING), { longest: undefined, share: 0 });
  assert.deepEqual(new CopyIndex([SAYING]).overlap(''), { longest: undefined, share: 0 });
});

test('it finds what a search of every substring finds', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '日'), maxLength: 120 });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), text, text, text, (others, before, shared, after) => {
      const corpus = [...others, `${after}${shared}${before}`];
      const asked = `${before}${shared}${after}`;

      const found = new CopyIndex(corpus).overlap(asked).longest?.quote.length ?? 0;

      const longest = longestShared(asked, corpus);
      if (longest < SHORTEST_PASSAGE) assert.equal(found, 0);
      else if (longest < 50) assert.equal(found, longest);
      else assert.ok(found >= 50 && found <= longest);
    }),
    { numRuns: 300 },
  );
});

test('a corpus that is one endless loop is searched like any other', () => {
  const index = new CopyIndex(['ha'.repeat(200_000)]);

  assert.equal(index.overlap('ha'.repeat(500)).share, 1);
  assert.equal(index.overlap(`${'ha'.repeat(9)}x`.repeat(50)).longest, undefined);
});

function longestShared(asked: string, texts: readonly string[]): number {
  let longest = 0;
  for (let start = 0; start < asked.length; start++) {
    while (
      start + longest < asked.length &&
      texts.some((text) => text.includes(asked.slice(start, start + longest + 1)))
    )
      longest++;
  }
  return longest;
}
