import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutAtGrain, different } from '../../src/writing/grain.ts';
import { GRAINS } from '../../src/writing/turn.ts';

const TEXT = ' is calm, says Mr. Vane; yet it “moves.” Then\nit rests.\n\nAnother day';

test('a clause, a sentence and a paragraph are cut where they are whole', () => {
  assert.equal(cutAtGrain('The sea', TEXT, 'clause'), ' is calm,');
  assert.equal(cutAtGrain('The sea', TEXT, 'sentence'), ' is calm, says Mr. Vane; yet it “moves.”');
  assert.equal(cutAtGrain('The sea', TEXT, 'paragraph'), ' is calm, says Mr. Vane; yet it “moves.” Then\nit rests.');
});

test('what is not whole is given as it is, and what has no words is nothing', () => {
  assert.equal(cutAtGrain('The sea', ' is calm and', 'sentence'), ' is calm and');
  assert.equal(cutAtGrain('The sea', '. . .\n', 'sentence'), '');
});

test('an end that belongs to the text before is no end of the continuation', () => {
  assert.equal(cutAtGrain('The sea.', '” she said. Then', 'sentence'), '” she said.');
  assert.equal(cutAtGrain('IDIOT, n', '. A member of a tribe. Of', 'sentence'), '. A member of a tribe.');
});

test('what nobody sees and what a terminal would obey is taken out', () => {
  assert.equal(cutAtGrain('', 'a\u200bb\u001b[2Jc.', 'sentence'), 'ab[2Jc.');
});

test('any cut is the beginning of what was written, without a space at its end', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab .,;\n”') }), fc.constantFrom(...GRAINS), (written, grain) => {
      const cut = cutAtGrain('x', written, grain);

      assert.ok(written.startsWith(cut));
      assert.equal(cut, cut.trimEnd());
    }),
  );
});

test('continuations that differ only by case and signs are one', () => {
  assert.deepEqual(
    different([{ text: ' A cat.' }, { text: ' a cat!' }, { text: ' …' }, { text: ' A dog.' }]).map(({ text }) => text),
    [' A cat.', ' A dog.'],
  );
});
