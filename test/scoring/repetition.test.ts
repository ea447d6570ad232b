import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { distinct, seqRep } from '../../src/scoring/repetition.ts';

test('seq-rep-n is the share of n-grams that are not the first of their kind', () => {
  assert.equal(seqRep(['a', 'b', 'a', 'b', 'a', 'b'], 2), 1 - 2 / 5);
  assert.equal(seqRep([7, 7, 7, 7, 7], 4), 0.5);
  assert.equal(seqRep(['a', 'b', 'c', 'd', 'e'], 4), 0);
});

test('a text shorter than n repeats nothing and is all distinct', () => {
  assert.equal(seqRep([], 4), 0);
  assert.equal(seqRep([1, 2, 3], 4), 0);
  assert.equal(distinct([1], 2), 1);
});

test('tokens 1, 23 and 12, 3 are different pairs', () => {
  assert.equal(seqRep([1, 23, 12, 3], 2), 0);
});

test('seq-rep lies between 0 and 1, and a text said twice repeats more', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 5 }), { minLength: 4, maxLength: 60 }), (tokens) => {
      const once = seqRep(tokens, 4);

      assert.ok(once >= 0 && once < 1);
      assert.ok(seqRep([...tokens, ...tokens], 4) >= once);
    }),
  );
});
