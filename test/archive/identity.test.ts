import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inMostThreads, isAmong } from '../../src/archive/identity.ts';

for (const [known, name] of [
  ['Míra Quill', 'MÍRA QUILL'],
  ['Míra Quill', 'Mi\u0301ra  Quill '],
  ['mira.quill', '@Mira.Quill'],
  ['@mira', 'mira'],
  ['Mira', '\u200eMira\u202c'],
  ['Ｍｉｒａ', 'mira'],
] as const) {
  test(`"${known}" and "${name}" are the same person`, () => {
    assert.ok(isAmong([known])(name));
  });
}

test('nobody is meant by an empty name, by none, or by a part of one', () => {
  const isMe = isAmong(['Mira Quill', '', ' ']);

  for (const name of ['', ' ', null, undefined, 'Mira', 'Mira Quills']) assert.equal(isMe(name), false);
  assert.ok(isMe(null, 'mira quill'));
});

for (const [why, threads, owner] of [
  [
    'takes part in most',
    [
      ['Mira', 'Oskar'],
      ['Tove', 'Mira'],
    ],
    'Mira',
  ],
  [
    'is no more often in one than once',
    [
      ['Mira', 'Oskar', 'Oskar', 'Oskar'],
      ['Tove', 'Mira'],
    ],
    'Mira',
  ],
  [
    'is not told from another who takes part in as many',
    [
      ['Mira', 'Oskar'],
      ['Mira', 'Oskar'],
    ],
    undefined,
  ],
  [
    'is not told from another in a third, either',
    [['Mira', 'Oskar'], ['Mira', 'Oskar'], ['Mira'], ['Oskar'], ['Tove']],
    undefined,
  ],
  ['is not told by one conversation', [['Mira']], undefined],
  ['is not told by none', [], undefined],
] as const) {
  test(`who owns conversations ${why}`, () => {
    assert.equal(inMostThreads(threads), owner);
  });
}
