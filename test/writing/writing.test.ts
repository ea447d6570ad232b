import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sharesOf, statement, textOf } from '../../src/writing/provenance.ts';
import { additionOf, asContinuation, nodeAt, offersAt, plain, wayTo } from '../../src/writing/writing.ts';
import { offer, pieceOf } from './pieces.ts';

const isSubsequence = (part: string, whole: string): boolean => {
  let at = 0;
  for (const character of whole.split('')) if (character === part[at]) at++;
  return at === part.length;
};
const textAt = (writing: ReturnType<typeof pieceOf>) => textOf(nodeAt(writing).segments);

test('a continuation that is taken is the model’s, with its seed and the hash of its weights', () => {
  const writing = pieceOf(offer(0, ' is calm.', ' is grey.'), { do: 'take', offer: 0, choice: 2 });

  assert.deepEqual(nodeAt(writing).segments, [
    { text: 'The sea', origin: { by: 'prompt' } },
    { text: ' is grey.', origin: { by: 'model', model: 'toy', hash: 'abc123', seed: 41 } },
  ]);
});

test('going back and taking another makes a branch; taking the same again goes to where it is', () => {
  const writing = pieceOf(
    offer(0, ' is calm.', ' is grey.'),
    { do: 'take', offer: 0, choice: 1 },
    { do: 'go', node: 0 },
    { do: 'take', offer: 0, choice: 2 },
    { do: 'go', node: 0 },
    { do: 'take', offer: 0, choice: 1 },
  );

  assert.deepEqual(
    writing.nodes.map(({ parent }) => parent),
    [null, 0, 0],
  );
  assert.equal(textAt(writing), 'The sea is calm.');
});

test('what an edit leaves keeps its writer; what it puts in is the person’s', () => {
  const writing = pieceOf(
    offer(0, ' is calm and grey.'),
    { do: 'take', offer: 0, choice: 1 },
    { do: 'edit', text: 'The sea is wild and grey.' },
  );

  const { segments } = nodeAt(writing);
  assert.deepEqual(
    segments.map(({ text, origin }) => [origin.by, text]),
    [
      ['prompt', 'The sea'],
      ['model', ' is '],
      ['edited', 'wild'],
      ['model', ' and grey.'],
    ],
  );
  assert.equal(additionOf(writing, nodeAt(writing)), 'The sea is wild and grey.');
});

test('an edit gives exactly the text that the person left, whatever was changed, and nothing of it is the model’s that was not', () => {
  const words = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', ' ', '\n', '.'), maxLength: 40 });

  fc.assert(
    fc.property(words, words, (before, text) => {
      const writing = pieceOf(offer(0, before || 'x'), { do: 'take', offer: 0, choice: 1 }, { do: 'edit', text });
      const { segments } = nodeAt(writing);
      const byModel = textOf(segments.filter(({ origin }) => origin.by === 'model'));

      assert.equal(textOf(segments), text);
      assert.ok(isSubsequence(byModel, before || 'x'), byModel);
      assert.ok(segments.every((segment) => segment.text !== ''));
    }),
  );
});

test('only where nothing was typed or put in is that said, and only of a log that is whole', () => {
  const taken = pieceOf(offer(0, ' is calm.'), { do: 'take', offer: 0, choice: 1 });
  const cut = pieceOf(
    offer(0, ' is calm and grey.'),
    { do: 'take', offer: 0, choice: 1 },
    { do: 'edit', text: 'The sea is calm' },
  );
  const typed = pieceOf(offer(0, ' is calm.'), { do: 'take', offer: 0, choice: 1 }, { do: 'type', text: ' So.' });
  const edited = pieceOf(
    offer(0, ' is calm.'),
    { do: 'take', offer: 0, choice: 1 },
    { do: 'edit', text: 'The sea is wild.' },
  );
  const says = (writing: typeof taken, isProven = true) => statement(nodeAt(writing).segments, isProven);

  assert.equal(says(taken), 'No text added by a person after the prompt.');
  assert.equal(says(cut), 'No text added by a person after the prompt.');
  assert.deepEqual([says(typed), says(edited), says(taken, false), says(pieceOf())], [null, null, null, null]);
});

test('the shares are of characters and make one', () => {
  const writing = pieceOf(offer(0, ' 😀😀.'), { do: 'take', offer: 0, choice: 1 }, { do: 'type', text: ' Why?' });

  const shares = sharesOf(nodeAt(writing).segments);

  assert.deepEqual(
    shares.map(({ by, characters }) => [by, characters]),
    [
      ['prompt', 7],
      ['model', 4],
      ['person', 5],
    ],
  );
  assert.equal(
    shares.reduce((sum, { share }) => sum + share, 0),
    1,
  );
});

test('offers stand where they were made, and the way to a node is from the first', () => {
  const writing = pieceOf(
    offer(0, ' is calm.'),
    { do: 'take', offer: 0, choice: 1 },
    offer(1, ' Or not.'),
    offer(1, ' Still.'),
    { do: 'type', text: ' So be it.' },
    { do: 'go', node: 1 },
  );

  assert.deepEqual(
    offersAt(writing).map(({ number }) => number),
    [1, 2],
  );
  assert.deepEqual(
    wayTo(writing, 2).map(({ id }) => id),
    [0, 1, 2],
  );
});

test('typed words follow with a space where one is due', () => {
  assert.equal(asContinuation('The sea', 'is calm '), ' is calm');
  assert.equal(asContinuation('The sea', ', calm'), ', calm');
  assert.equal(asContinuation('', 'The sea'), 'The sea');
  assert.equal(asContinuation('She said “', 'No'), 'No');
  assert.throws(() => asContinuation('The sea', ' \u0007 '), /expected some words, found none/);
});

test('control characters are taken out, other scripts stay', () => {
  assert.equal(plain('a\u001b[31mb\r\nc\td\u0000 море 海 \u2028'), 'a[31mb\nc\td море 海 ');
});
