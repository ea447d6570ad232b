import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apart, printable, shortened, wrapped } from '../../src/review/printable.ts';

test('letters, emoji, accents and line breaks are left as they are', () => {
  for (const text of ['naïve café', '👩‍👩‍👧 family', '日本語', 'a\nb', 'שלום', 'e\u0301'])
    assert.equal(printable(text), text);
});

test('what a terminal would obey or hide is written out', () => {
  assert.equal(printable('\x1b[31m\x7f\x9b\u202e\u200b\t'), '␛[31m␡<U+009B><U+202E><U+200B>␉');
});

test('on one line, line breaks are spaces', () => {
  assert.equal(printable('a\nb', { oneLine: true }), 'a b');
});

test('lines are as wide as asked, also with wide letters and long words', () => {
  assert.deepEqual(wrapped('日本語のテキスト', 6), ['日本語', 'のテキ', 'スト']);
  assert.deepEqual(wrapped('abcdefgh', 4), ['abcd', 'efgh']);
});

test('two texts stand apart on one line, or on two where it is too narrow', () => {
  assert.deepEqual(apart('left', 'right', 12), ['left   right']);
  assert.deepEqual(apart('left', 'right', 10), ['left', 'right']);
});

test('what is too long ends with an ellipsis within the width', () => {
  assert.equal(shortened('short', 5), 'short');
  assert.equal(shortened('too long', 5), 'too…');
  assert.equal(shortened('日本語', 4), '日…');
});
