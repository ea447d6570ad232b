import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blockedWordIn } from '../../src/scoring/blocklist.ts';

const bad = [
  'what the fuck',
  'F.U.C.K it',
  'oh f u c k',
  'fuuuuck',
  'fvck',
  'sh1t happens',
  'bullshit',
  'you b!tch',
  'an @sshole',
  'c u n t',
  'n1gger',
  'a faggot',
  'a kike',
  'some spics',
  'those pakis',
  'kys',
  'just kill yourself already',
  'motherfucker',
];
for (const text of bad) {
  test(`"${text}" is blocked`, () => assert.notEqual(blockedWordIn(text, { own: [] }), undefined));
}

const good = [
  'Scunthorpe, Penistone, Essex, Sussex and Clitheroe are towns.',
  'The assassin assumed a classic pass at the embassy; an Assyrian assortment.',
  'Cocktails with Dickens, Hitchcock, Dickinson and a peacock in the cockpit.',
  'The therapist’s analysis of canals, annals and grapes.',
  'A document on cucumbers, circumstances and cumulative titles, cum laude.',
  'Nigeria; to snigger; a niggardly sum.',
  'Coriolanus, Uranus, Janus and Homo africanus.',
  'He trafficked in shiitake and rapped on the door.',
  'A raccoon, a cocoon and a tycoon; a spick and span kitchen; the suspicious auspices.',
  'The pen is mightier than the sword; as such it has it; however (until then) push it.',
  'Fukushima and Fukuoka; an orgasm of applause? A prick up of ears; tit for tat.',
  'ABRUPT, adj. Sudden, v.t. A. B. C. and G. J. and S. H. I. E. L. D.',
];
for (const text of good) {
  test(`"${text}" is not blocked`, () => assert.equal(blockedWordIn(text, { own: [] }), undefined));
}

test('own words are blocked as whole words, in any case, phrases across spaces too', () => {
  assert.equal(blockedWordIn('I met ACME corp\n today', { own: ['Acme  Corp'] }), 'Acme  Corp');
  assert.equal(blockedWordIn('The Élan.', { own: ['élan'] }), 'élan');
  assert.equal(blockedWordIn('(C++)', { own: ['c++'] }), 'c++');
  assert.equal(blockedWordIn('a jewel, a negroni', { own: ['Jew', 'negro'] }), undefined);
  assert.equal(blockedWordIn('anything', { own: [] }), undefined);
});

test('no text and no own word breaks it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', minLength: 1 }), (text, word) => {
      blockedWordIn(text, { own: [word] });
    }),
  );
  blockedWordIn('a '.repeat(25_000), { own: ['a b'] });
  blockedWordIn('a.'.repeat(25_000), { own: ['a b'] });
});

const elsewhere: readonly [language: string, text: string, isBlocked: boolean][] = [
  ['de', 'So ein Arschloch, sagte er.', true],
  ['de', 'So ein 4rschl0ch, sagte er.', true],
  ['de', 'So ein Aaaarschloch, sagte er.', true],
  ['de', 'So ein A r s c h l o c h, sagte er.', true],
  ['de', 'Das Buch ist dick, und der Hahn kräht.', false],
  ['fr', 'Quel connard, dit-il.', true],
  ['fr', 'Le chat dort sur le tapis.', false],
  ['ja', 'これはちんこです。', true],
  ['de', 'a nigger, in any language', true],
  ['tlh', 'nothing is known of this one', false],
];

for (const [language, text, isBlocked] of elsewhere) {
  test(`in ${language}, "${text}" is ${isBlocked ? '' : 'not '}blocked`, () => {
    assert.equal(blockedWordIn(text, { own: [], language }) !== undefined, isBlocked);
  });
}

test('what is allowed is stopped by no list, but by the owner all the same', () => {
  const allowed = ['Scunthorpe tits', 'Arschloch'];

  assert.equal(blockedWordIn('We saw Scunthorpe Tits at the feeder.', { own: [], allowed }), undefined);
  assert.notEqual(blockedWordIn('We saw tits.', { own: [], allowed }), undefined);
  assert.equal(blockedWordIn('So ein Arschloch.', { own: [], allowed, language: 'de' }), undefined);
  assert.equal(blockedWordIn('So ein Arschloch.', { own: ['Arschloch'], allowed, language: 'de' }), 'Arschloch');
});
