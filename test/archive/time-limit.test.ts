import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timely, withinTime } from '../../src/archive/time-limit.ts';

test('a regular expression that a text drives mad is ended', () => {
  assert.equal(
    withinTime(100, () => /^(a+)+$/.test(`${'a'.repeat(50)}b`)),
    undefined,
  );
});

test('a document that takes too long is an omission, which names its place', () => {
  const forever = () => /^(a+)+$/.test(`${'a'.repeat(50)}b`);

  assert.deepEqual(timely(20_000, 'mail.mbox, byte 7', forever, 100), {
    omitted: 'took too long',
    place: 'mail.mbox, byte 7',
  });
  assert.equal(
    timely(20, 'here', () => 'words'),
    'words',
  );
});

test('what ends in time gives its value or its error', () => {
  assert.deepEqual(
    withinTime(1000, () => [1]),
    [1],
  );
  assert.throws(
    () =>
      withinTime(1000, () => {
        throw new TypeError('mine');
      }),
    TypeError,
  );
});
