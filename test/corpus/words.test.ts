import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOf } from '../../src/corpus/words.ts';

test('words are letters and digits of any script, in small letters', () => {
  assert.deepEqual(wordsOf('“Don’t!” she said—in 1807, naïvely.'), ['don’t', 'she', 'said', 'in', '1807', 'naïvely']);
  assert.deepEqual(wordsOf('日本 go'), ['日', '本', 'go']);
  assert.deepEqual(wordsOf(' …! '), []);
});
