import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { diverse, ownTurn } from '../../src/chat/replies.ts';
import { dialogueBefore } from '../../src/corpus/dialogue.ts';

const texts = (...each: readonly string[]) => each.map((text) => ({ text }));

test('where the other begins to speak, the reply ends', () => {
  assert.equal(ownTurn('Nothing.\n\n> And then?\n\nThen too.'), 'Nothing.');
  assert.equal(ownTurn('Nothing.\n  >And then?'), 'Nothing.');
  assert.equal(ownTurn('Nothing.\r> And then?'), 'Nothing.');
  assert.equal(ownTurn('> And then?'), '');
  assert.equal(ownTurn('Two > one, and -> that way.'), 'Two > one, and -> that way.');
});

test('whatever a model writes, no line of a reply is the other’s', () => {
  const written = fc.array(fc.oneof(fc.string(), fc.constantFrom('>', '\n', '\n\n> ', ' ', '\r', '\u2028')));
  fc.assert(
    fc.property(written, (pieces) => {
      const reply = ownTurn(pieces.join(''));
      assert.doesNotMatch(reply, /^\s*>/m);
    }),
  );
});

test('what the other says is always cut off again, as the dialogue format quotes it', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (said) => {
      const text = `Yes.\n\n${dialogueBefore([{ by: 'another', text: said }])}`;
      assert.equal(ownTurn(text), 'Yes.');
    }),
  );
});

test('replies that say nearly the same are one', () => {
  const replies = texts('The sea is calm today.', 'the sea is calm, today', 'The sea is calm todaY!', 'No.');
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
