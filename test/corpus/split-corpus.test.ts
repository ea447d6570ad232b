import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Document } from '../../src/corpus/document.ts';
import { splitCorpus } from '../../src/corpus/split-corpus.ts';

const documentsOf = (ids: readonly string[]): Document[] => ids.map((id) => ({ id, text: id, source: 'test' }));
const parts = ['train', 'validation', 'test'] as const;

test('every document is in exactly one part, and none moves when others are added', () => {
  const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 40 });
  fc.assert(
    fc.property(ids, ids, (some, others) => {
      const before = splitCorpus(documentsOf(some));
      const after = splitCorpus(documentsOf([...others.filter((id) => !some.includes(id)), ...some]));

      for (const part of parts) {
        for (const document of before[part]) assert.ok(after[part].some(({ id }) => id === document.id));
      }
      assert.equal(parts.flatMap((part) => before[part]).length, some.length);
    }),
  );
});

test('a large corpus is split about 90, 5 and 5 in a hundred', () => {
  const split = splitCorpus(documentsOf(Array.from({ length: 20_000 }, (_, n) => `post-${n}`)));

  assert.ok(Math.abs(split.train.length / 20_000 - 0.9) < 0.01);
  assert.ok(Math.abs(split.validation.length / 20_000 - 0.05) < 0.01);
  assert.ok(Math.abs(split.test.length / 20_000 - 0.05) < 0.01);
});
