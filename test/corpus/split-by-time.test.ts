import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Document } from '../../src/corpus/document.ts';
import { splitByTime, summariseParts } from '../../src/corpus/split-by-time.ts';
import { splitCorpus } from '../../src/corpus/split-corpus.ts';

const documentAt = (day: number, more: Partial<Document> = {}): Document => ({
  id: `x:${day}`,
  text: `Post of day ${day}`,
  source: 'x',
  time: new Date(Date.UTC(2020, 0, day)).toISOString(),
  ...more,
});
const days = (count: number) => Array.from({ length: count }, (_, day) => documentAt(day + 1));

test('the newest are for the test, those before them for validation, all older ones for training', () => {
  const { train, validation, test: held } = splitCorpus(splitByTime(days(100)));

  assert.deepEqual([train.length, validation.length, held.length], [90, 5, 5]);
  assert.equal(held[0]?.id, 'x:96');
  assert.equal(validation[0]?.id, 'x:91');
});

test('a thread stands on one side whole, and nothing trained on is newer than what it is tested with', () => {
  const anyThread = fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { nil: undefined });
  fc.assert(
    fc.property(fc.array(anyThread, { minLength: 1, maxLength: 120 }), (threads) => {
      const documents = threads.map((thread, day) => documentAt(day + 1, thread === undefined ? {} : { thread }));

      const split = splitByTime(documents);

      const partsOf = new Map<string, Set<string | undefined>>();
      for (const { thread, part } of split) {
        if (thread !== undefined) partsOf.set(thread, (partsOf.get(thread) ?? new Set()).add(part));
      }
      for (const parts of partsOf.values()) assert.equal(parts.size, 1);
      assert.deepEqual(
        splitByTime(documents.toReversed())
          .toReversed()
          .map(({ part }) => part),
        split.map(({ part }) => part),
      );
    }),
  );
});

test('one thread that is most of a corpus is for training', () => {
  const chat = days(100).map((document, day) => (day > 20 ? { ...document, thread: 'chat' } : document));

  const split = splitByTime(chat);

  assert.ok(split.filter(({ thread }) => thread === 'chat').every(({ part }) => part === 'train'));
  assert.ok(split.some(({ part }) => part === 'test'));
});

test('what has no time is placed by its thread or id', () => {
  const undated = Array.from({ length: 2000 }, (_, n) => documentAt(n, { time: undefined, thread: `t${n % 500}` }));

  const { train, validation, test: held } = splitCorpus(splitByTime(undated));

  assert.ok(train.length > 1700 && validation.length > 40 && held.length > 40);
});

test('the parts have hashes that change with their texts alone', () => {
  const split = splitByTime(days(100));
  const changed = split.map((document) => (document.id === 'x:100' ? { ...document, text: 'New' } : document));

  const [before, after] = [summariseParts(split), summariseParts(changed)];

  assert.equal(before.test.documents, 5);
  assert.equal(before.train.hash, after.train.hash);
  assert.notEqual(before.test.hash, after.test.hash);
});

test('what is answered counts in the hash, as it is read in training; without it the hash is that of the texts alone', () => {
  const [first, ...others] = splitByTime(days(100));
  const said = (text: string) => [{ ...first!, context: [{ by: 'another' as const, text }] }, ...others];

  const hashes = [[first!, ...others], said('Is it raining?'), said('Is it Monday?')].map(
    (documents) => summariseParts(documents).train.hash,
  );

  assert.equal(new Set(hashes).size, 3);
  assert.deepEqual(summariseParts(said('Is it raining?')).train.hash, hashes[1]);
});

test('a thread is of the time of its last text, and times count in UTC to the millisecond', () => {
  const at = (id: string, time: string, thread?: string) => documentAt(1, { id, time, ...(thread && { thread }) });
  const split = splitByTime([
    ...days(36).map((document) => ({ ...document, time: `2019-12-${document.time!.slice(8, 10)}T00:00:00.000Z` })),
    at('begun', '2019-01-01T00:00:00.000Z', 'long'),
    at('ended', '2020-06-01T23:59:59.999Z', 'long'),
    at('midnight', '2020-06-02T00:00:00.000Z'),
    at('before', '2020-06-01T23:59:59.998Z'),
  ]);

  const parts = Object.fromEntries(split.slice(-4).map(({ id, part }) => [id, part]));
  assert.deepEqual(parts, { midnight: 'test', begun: 'test', ended: 'test', before: 'validation' });
});
