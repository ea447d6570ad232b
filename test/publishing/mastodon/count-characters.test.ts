import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countCharacters } from '../../../src/publishing/mastodon/count-characters.ts';

const CASES: readonly (readonly [what: string, text: string, expected: number])[] = [
  ['letters', 'hello', 5],
  ['a family of emoji is one', '👨‍👩‍👧‍👦', 1],
  ['a letter and its accent are one', 'e\u0301', 1],
  ['a flag is one', '🇫🇷', 1],
  ['a short link counts 23', 'http://a.io', 23],
  ['a long link counts 23', `https://example.com/${'x'.repeat(300)}`, 23],
  ['the full stop after a link counts', 'See https://example.com/a.', 4 + 23 + 1],
  ['an address without protocol is letters', 'example.com', 11],
  ['a protocol alone is letters', 'https://', 8],
  ['what has no dot is no link', 'https://localhost', 17],
  ['a mention counts without its host', 'Hi @ada@example.social!', 8],
  ['a mention without host', 'Hi @ada', 7],
  ['an address of mail is letters', 'ada@example.social', 18],
  ['right to left', 'שלום', 4],
  ['nothing', '', 0],
];

for (const [what, text, expected] of CASES) {
  test(`Mastodon's counting: ${what}`, () => {
    assert.equal(countCharacters(text, 23), expected);
  });
}

test('a content warning counts as written', () => {
  assert.equal(countCharacters('text', 23, 'https://example.com'), 4 + 19);
});

test('a server may count links otherwise', () => {
  assert.equal(countCharacters('https://example.com', 30), 30);
});

test('long texts of dots, slashes and at signs are counted in no time', () => {
  for (const piece of ['https://a.', '@a', '@a@', 'https://', 'a.', '.-', '@a.a', 'https://a.bc/(']) {
    const started = performance.now();
    countCharacters(piece.repeat(10_000), 23);
    assert.ok(performance.now() - started < 2000, `${piece} took too long`);
  }
});
