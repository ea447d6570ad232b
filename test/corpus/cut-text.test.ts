import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutText } from '../../src/corpus/cut-text.ts';

test('a text of one page is one piece, a book many, cut between paragraphs', () => {
  const paragraph = 'The moss on the northern wall has outlived three gardeners. '.repeat(20).trim();
  const book = Array.from({ length: 40 }, () => paragraph).join('\n\n');

  assert.deepEqual(cutText(paragraph), [paragraph]);
  const pieces = cutText(book);
  assert.ok(pieces.length >= 10);
  assert.equal(pieces.join('\n\n'), book);
});

test('no words are lost and no character is cut in two, whatever the text', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', ' ', '\n', '. ', '\n\n', '😀', 'moss'), { maxLength: 50 }), (units) => {
      const text = units.join('').repeat(Math.ceil(30_000 / Math.max(1, units.join('').length)));

      const pieces = cutText(text);

      assert.equal(pieces.join('').replace(/\s/g, ''), text.replace(/\s/g, ''));
      assert.ok(pieces.every((piece) => piece.isWellFormed() && piece.length <= 8000));
    }),
    { numRuns: 50 },
  );
});
