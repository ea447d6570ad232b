import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { dictEntries } from '../../src/corpus/dict-entries.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'dict-'));
after(() => rmSync(folder, { recursive: true }));

const TEXT = 'about this\nACCORD, n.  Harmony.\nTSETSE FLY, n.  An “insect”.\n';

function dictionary(name: string, index: string, text: Buffer = gzipSync(TEXT), ending = '.dict.dz'): string {
  writeFileSync(path.join(folder, `${name}.index`), index);
  writeFileSync(path.join(folder, `${name}${ending}`), text);
  return path.join(folder, name);
}

const entries = [
  { headwords: ['accord'], text: 'ACCORD, n.  Harmony.\n' },
  { headwords: ['tsetse fly', 'tzetze fly'], text: 'TSETSE FLY, n.  An “insect”.\n' },
];
const INDEX = '00databaseinfo\tA\tL\ntsetse fly\tg\th\naccord\tL\tV\ntzetze fly\tg\th\n';

test('the entries of a compressed dictionary come in the order of its text, each with all its headwords', () => {
  assert.deepEqual(dictEntries(dictionary('packed', INDEX)), entries);
});

test('a dictionary that is not compressed is read too', () => {
  assert.deepEqual(dictEntries(dictionary('plain', INDEX, Buffer.from(TEXT), '.dict')), entries);
});

for (const [story, row] of [
  ['points past the text', 'accord\tL\tBAAA'],
  ['has no numbers', 'accord'],
  ['has numbers of another base', 'accord\t-1\t9'],
] as const) {
  test(`an index that ${story} is refused with its line`, () => {
    const name = dictionary('broken', `tsetse fly\tg\th\n${row}\n`);

    assert.throws(() => dictEntries(name), { name: 'UserError', message: /broken\.index:2: expected/ });
  });
}

test('a dictionary that is not there is refused by its names', () => {
  assert.throws(() => dictEntries(path.join(folder, 'none')), {
    message: /none\.dict\.dz or .*none\.dict, found neither/,
  });
});
