import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { personalDataIn, replacePersonalData } from '../../src/corpus/personal-data.ts';

const personal: readonly [kind: string, text: string][] = [
  ['an e-mail address', 'Write to ada.lovelace+bot@example.co.uk today.'],
  ['an e-mail address', 'jürgen@müller.example'],
  ['a phone number', 'Call +44 20 7946 0958 now.'],
  ['a phone number', 'Call 0049 (0)30 901820.'],
  ['a phone number', 'Reach me at (415) 555-0132.'],
  ['a phone number', '415-555-0132'],
  ['a phone number', '1-800-555-0199'],
  ['a phone number', 'Tél. 01 42 68 53 00, le matin'],
  ['an IBAN', 'Pay to DE89 3704 0044 0532 0130 00 please.'],
  ['an IBAN', 'GB29NWBK60161331926819'],
  ['an IBAN', 'my account de89370400440532013000, please'],
  ['an IBAN', 'FR14 2004 1010 0505 0001 3M02 606 IS MINE'],
  ['a card number', '4111 1111 1111 1111'],
  ['a card number', 'card 5500-0000-0000-0004.'],
  ['a card number', '378282246310005'],
  ['a social security number', 'my number is 219-09-9999'],
  ['an IP address', 'ssh 192.168.10.254'],
  ['an IP address', 'ping 2001:db8::ff00:42:8329 twice'],
  ['an access token', `ghp_${'a1B2'.repeat(9)}`],
  ['an access token', 'key AKIAIOSFODNN7EXAMPLE'],
  ['an access token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc'],
  ['an access token', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b'],
  ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----'],
];

for (const [kind, text] of personal) {
  test(`"${text}" holds ${kind}`, () => assert.ok(personalDataIn(text).includes(kind), personalDataIn(text).join()));
}

for (const [text, replaced] of [
  ['Write to ada.lovelace+bot@example.co.uk today.', 'Write to … today.'],
  ['Call +44 20 7946 0958 now, or 415-555-0132.', 'Call … now, or ….'],
  ['FR14 2004 1010 0505 0001 3M02 606 IS MINE', '… IS MINE'],
  ['card 5500-0000-0000-0004.', 'card ….'],
  ['-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA+/=\n-----END RSA PRIVATE KEY-----\nOops.', '…\nOops.'],
  ['Nothing of the kind in 1911.', 'Nothing of the kind in 1911.'],
] as const) {
  test(`"${text.slice(0, 50)}" loses its personal data and nothing else`, () => {
    assert.equal(replacePersonalData(text, '…'), replaced);
  });
}

const harmless = [
  'In 1807 a troop of fairies; from 1803-1911, and on 2024-01-02 at 12:30:45.',
  'Chapter 3.14159, page 1.000.000, cost 12,345.67 or 1 000 000 francs.',
  'The 947th method (accordingly), 10-12-1999, 01/02/2003, 12.05.1999.',
  'ask @ada@example.social or @bob',
  'version 1.2.3 of ISO 13616-1:2020',
  'UPPERCASE WORDS: GB20 YEARS AFTER THE GREAT WAR OF WORDS',
  'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch',
  'a-very-long-hyphenated-word-that-never-seems-to-end-at-all',
  'Numbers: 4111 1111 1111 1112 and 0000 0000 0000 0000.',
  'std::vector::begin and 10:30:00 and a::b',
  'S.J., LL.D., D.D.; ’tis 5 o’clock; $2.50; 3d ed.; 50% @ home',
];

for (const text of harmless) {
  test(`"${text}" holds no personal data`, () => assert.deepEqual(personalDataIn(text), []));
}

test('no text takes long to search, whatever it is made of', () => {
  const piece = fc.constantFrom(
    '1',
    '12',
    'a',
    'A1',
    '@',
    '.',
    '-',
    ' ',
    '(',
    '+',
    ':',
    '/',
    'DE89 ',
    'eyJ',
    'é',
    '-----BEGIN ',
  );
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 4 }), (pieces) => {
      const attack = pieces.join('').repeat(20_000 / pieces.length);
      const started = performance.now();

      personalDataIn(attack);

      assert.ok(performance.now() - started < 5_000, pieces.join(''));
    }),
    { numRuns: 40 },
  );
});
