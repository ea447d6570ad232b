import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, validate } from '@atcute/tid';
import { recordKey } from '../../../src/publishing/bluesky/record-key.ts';

test('a key has one record key, a TID of before Bluesky that no other key shares', () => {
  const keys = Array.from({ length: 10_000 }, (_, index) => recordKey(`key ${index}`));

  assert.equal(recordKey('key 7'), keys[7]);
  assert.equal(new Set(keys).size, keys.length);
  assert.ok(keys.every(validate));
  assert.ok(keys.every((key) => parse(key).timestamp < Date.UTC(2008) * 1000));
});
