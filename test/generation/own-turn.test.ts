import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dialogueBefore } from '../../src/corpus/dialogue.ts';
import { anothersLine, ownTurn } from '../../src/generation/own-turn.ts';

test('a turn ends where it goes on as the other', () => {
  assert.deepEqual(ownTurn('I am.\n\n> And then?\n\nNothing.'), { text: 'I am.', wasCut: true });
  assert.deepEqual(ownTurn('> And then?'), { text: '', wasCut: true });
  assert.deepEqual(ownTurn('I am.\n \t＞ And then?'), { text: 'I am.', wasCut: true });
  assert.deepEqual(ownTurn('3 > 2, and -> is an arrow.'), { text: '3 > 2, and -> is an arrow.', wasCut: false });
  assert.equal(anothersLine('I am.\n&gt; And then?\nNo.'), '&gt; And then?');
  assert.equal(anothersLine('I am.'), undefined);
});

test('whatever stands before it, a quoted turn of the dialogue format never stays', () => {
  const said = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.trim() !== '');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), said, (own, other) => {
      const written = `${own}\n\n${dialogueBefore([{ by: 'another', text: other }])}and more`;

      assert.equal(anothersLine(ownTurn(written).text), undefined);
      assert.ok(ownTurn(written).wasCut);
    }),
  );
});
