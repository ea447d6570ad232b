import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NearIndex } from '../../src/corpus/near-index.ts';

const TEXTS = [
  'The rain fell on the harbour all night, and nobody slept who had a boat.',
  'A spoon is a very small boat.',
  'Whoever owns a ladder is asked for it; whoever owns a roof is asked for a ladder.',
];
const index = new NearIndex(TEXTS, (at) => TEXTS[at]!);

test('a text with a word changed is found, one that only shares words is not', () => {
  assert.equal(index.find('The rain fell on the harbour all night, and nobody slept who had a ship.')?.textIndex, 0);
  assert.equal(index.find('A spoon is a VERY small boat!')?.similarity, 1);
  assert.equal(index.find('The rain fell on a ladder, and nobody asked for a boat.'), undefined);
});

test('an index of nothing finds nothing', () => {
  assert.equal(new NearIndex([], () => '').find('anything'), undefined);
});
