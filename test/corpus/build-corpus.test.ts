import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildCorpus } from '../../src/corpus/build-corpus.ts';
import type { RawText } from '../../src/corpus/read-texts.ts';
import { SETTINGS } from './settings.ts';

const raw = (id: string, text: string): RawText => ({
  id,
  text,
  service: 'x',
  markup: 'plain',
  kind: 'post',
  time: null,
  archive: 'x.zip',
  posts: [id],
  thread: undefined,
  language: undefined,
  context: [],
});

test('a text that takes for ever is left out and listed, and the others are not', async () => {
  const endless: RawText = {
    ...raw('x:2', 'The second one never ends.'),
    get context(): RawText['context'] {
      /^(a+)+$/.test(`${'a'.repeat(50)}b`);
      return [];
    },
  };
  const texts = [raw('x:1', 'The first one is short.'), endless, raw('x:3', 'Gulls are loud in the morning.')];

  const { documents, dropped, read } = await buildCorpus(texts, SETTINGS, { textMs: 300 });

  assert.deepEqual(
    documents.map(({ id }) => id),
    ['x:1', 'x:3'],
  );
  assert.deepEqual(dropped, [{ id: 'x:2', rule: 'took too long', text: 'The second one never ends.' }]);
  assert.equal(read, 3);
});

test('texts are counted as they come, in batches', async () => {
  const seen: number[] = [];
  const texts = Array.from({ length: 1100 }, (_, index) => raw(`x:${index}`, `The number of this text is ${index}`));

  await buildCorpus(texts, SETTINGS, { onProgress: (read) => seen.push(read) });

  assert.deepEqual(seen, [500, 1000, 1100]);
});
