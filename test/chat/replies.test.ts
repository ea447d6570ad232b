import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diverse } from '../../src/chat/replies.ts';

const texts = (...each: readonly string[]) => each.map((text) => ({ text }));

test('replies that say nearly the same are one, and those without words are none', () => {
  const replies = texts('The sea is calm today.', 'the sea is calm, today', 'The sea is calm todaY!', '…', 'No.');
  assert.deepEqual(diverse(replies, 5), texts('The sea is calm today.', 'No.'));
});

test('openings of their own go first, and what begins in the middle of a sentence last', () => {
  const replies = texts(
    'It rains in Rome.',
    'It never snowed there, he said.',
    ', or so.',
    'Perhaps it does.',
    'Go away.',
  );

  assert.deepEqual(diverse(replies, 3), texts('It rains in Rome.', 'Perhaps it does.', 'Go away.'));
  assert.equal(diverse(replies, 4).length, 4);
  assert.ok(!diverse(replies, 4).some(({ text }) => text === ', or so.'));
});

test('what was offered before does not come again', () => {
  assert.deepEqual(diverse(texts('Yes, always.', 'Never.'), 5, texts('yes always')), texts('Never.'));
});
