import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withoutMojibake, withoutMojibakeIn } from '../../src/archive/mojibake.ts';

const damaged = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

for (const text of ['café', 'Łódź', 'привет', '你好', '😀👍🏽', 'a “quoted” word…']) {
  test(`"${text}" comes back from what Meta makes of it, and stays when it was whole`, () => {
    assert.equal(withoutMojibake(damaged(text)), text);
    assert.equal(withoutMojibake(text), text);
  });
}

test('a run that is not UTF-8 is left as it is, beside one that is', () => {
  assert.equal(withoutMojibake(`Ã©Ã ${damaged('é')}`), 'Ã©Ã é');
});

test('characters past 255 beside the damage are kept', () => {
  assert.equal(withoutMojibake(`😀${damaged('é')}😀`), '😀é😀');
});

test('keys and nested values are mended too', () => {
  assert.deepEqual(withoutMojibakeIn({ [damaged('clé')]: [damaged('ü'), 1, null, true] }), {
    clé: ['ü', 1, null, true],
  });
});

test('any text that was damaged as a whole is mended', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(withoutMojibake(damaged(text)), text);
    }),
  );
});
