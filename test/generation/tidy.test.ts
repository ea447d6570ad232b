import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tidy } from '../../src/generation/tidy.ts';

const nothing = { mentions: [], links: [], hashtags: [] };

const cases: readonly [what: string, written: string, tidied: string][] = [
  ['spaces and lines are made regular', '  One.\r\n\r\n\n\n Two \t words. \n', 'One.\n\nTwo words.'],
  ['an unfinished last sentence is cut', 'It was late. He went. Then the cust', 'It was late. He went.'],
  [
    'a text without a whole sentence stays for the gates to see',
    'LOVE, n. A temporary insan',
    'LOVE, n. A temporary insan',
  ],
  ['abbreviations end no sentence', 'CYNIC, n. A man who knows Mr. Smith', 'CYNIC, n. A man who knows Mr. Smith'],
  ['quotation marks belong to the sentence they close', '“Go!” he said. “Stay.” And so', '“Go!” he said. “Stay.”'],
  ['an emoji ends a sentence', 'What a day 😀 and then', 'What a day 😀'],
  ['halves of characters go', 'Well done.\ufffd\ufffd', 'Well done.'],
  ['a mention goes', 'Hello @bob, well met.', 'Hello, well met.'],
  ['a mention with a server goes', 'Ask @bob@example.social or @x.bsky.social now.', 'Ask or now.'],
  ['an address goes', 'Write to a.b+c@example.org today.', 'Write to a.b+ today.'],
  ['a link goes', 'See https://example.org/a?b=c#d. Done.', 'See. Done.'],
  ['a bare domain goes', 'Visit example.com/shop today.', 'Visit today.'],
  ['a hashtag becomes a word', 'A fine #day, #1 of many.', 'A fine day, #1 of many.'],
  ['full-width signs are signs', 'By ＠bob ＃tag.', 'By tag.'],
  ['nothing hides behind what nobody sees', 'By @\u200bbob \u2060and #\u00adtag.', 'By and tag.'],
  ['what is taken out lets nothing new arise', 'By @@#a@bob@b x.', 'By x.'],
  ['joined emoji stay whole', 'Good 👩‍👩‍👧‍👦 times 👍🏽 and #️⃣ keys.', 'Good 👩‍👩‍👧‍👦 times 👍🏽 and #️⃣ keys.'],
  ['a missing space between sentences is no domain', 'He said so.Then he left.', 'He said so. Then he left.'],
];
for (const [what, written, tidied] of cases) {
  test(what, () => {
    assert.equal(tidy(written, nothing), tidied);
  });
}

test('what the model ended itself is whole without a full stop', () => {
  assert.equal(tidy('One line. And another', nothing, 'end-of-text'), 'One line. And another');
});

test('what its owner allowed stays, whatever its case, and nothing that only looks like it', () => {
  const allowed = { mentions: ['@bob', 'ada@example.social'], links: ['example.org'], hashtags: ['#Fun'] };
  const kept = 'Hi @Bob and @ada@example.social #fun: https://www.example.org/x#top.';

  assert.equal(tidy(kept, allowed), kept);
  assert.equal(tidy('By @bobby and @bob@evil.org now.', allowed), 'By and now.');
  assert.equal(tidy('At example.org.evil.com or https://example.org@evil.com/ now.', allowed), 'At or now.');
});

/** Pieces of which anything that a network would link to can come about, also by taking something out. */
const piece = fc.oneof(
  fc.constantFrom(
    ...'@＠﹫#＃﹟.．/:／：_-\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u0301\ufe0f\u20e3',
    ' ',
    '\n',
    '()',
    '…',
  ),
  fc.constantFrom(
    'bob',
    'Bob',
    'com',
    'org',
    'www',
    'http',
    'https://',
    'HTTP://',
    'mailto:',
    'xn--p1ai',
    'ﬁ',
    'ｅｘ',
    'テスト',
    'é',
    '1',
    '😀',
  ),
  fc.string({ unit: 'binary', maxLength: 3 }),
);
const hostile = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''));

const halfWidth = (text: string) => text.replace(/[\uff01-\uff5e﹫﹟]/gu, (character) => character.normalize('NFKC'));

/** Another's view of what a network would make a link of, on text as it reads after the removal of what nobody sees. */
const REFERENCES = [/@[\p{L}\p{N}_]/u, /#[\p{L}_]/u, /[a-z]:\/\//iu, /[\p{L}\p{N}]\.[a-z]{2,}/u, /www\.[\p{L}\p{N}]/iu];

test('no mention, link or hashtag survives, whatever was written', () => {
  fc.assert(
    fc.property(hostile, (written) => {
      const read = halfWidth(tidy(written, nothing, 'end-of-text').replace(/\p{Default_Ignorable_Code_Point}/gu, ''));

      for (const reference of REFERENCES) assert.doesNotMatch(read, reference);
    }),
    { numRuns: 2000 },
  );
});

test('a scheme in letters of full width is a link, also where it only comes to its sign by what is taken out', () => {
  assert.equal(tidy('#ｅｘ@HTTP://', nothing), '');
  assert.equal(tidy('Look: ｈｔｔｐ://example now.', nothing), 'Look: now.');
});

test('a joiner goes with the mention that it belonged to', () => {
  assert.equal(tidy('@\u0301\u200c', nothing), '');
});

test('tidying a tidy text changes nothing', () => {
  fc.assert(
    fc.property(fc.oneof(hostile, fc.lorem({ mode: 'sentences' })), (written) => {
      const once = tidy(written, nothing);

      assert.equal(tidy(once, nothing), once);
    }),
  );
});
