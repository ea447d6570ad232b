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

test('progress is told in posts as they come, in batches, and then that repeats are looked for', async () => {
  const seen: (number | string)[] = [];
  const texts = Array.from({ length: 1100 }, (_, index) => ({
    ...raw(`x:${index}`, `The number of this text is ${index}`),
    posts: index < 500 ? ['x:a', 'x:b'] : ['x:c'],
  }));

  await buildCorpus(texts, SETTINGS, {
    onProgress: (posts) => seen.push(posts),
    onComparing: () => seen.push('compares'),
  });

  assert.deepEqual(seen, [1000, 1500, 1600, 'compares']);
});

test('a long text that somebody sent three times on Discord is nobody’s, and all of it is dropped', async () => {
  const paste =
    'What did you say about my lamps? I will have you know that I trained with the best of the pier, '.repeat(2);
  const chat = (id: string, text: string): RawText => ({ ...raw(`discord:${id}`, text), service: 'discord' });
  const news =
    'The pier opens on Sunday at noon, whatever the weather, and the tower stays shut until the railing is green.';
  const elsewhere =
    'On Mondays I go round with a can of oil, a rag and a ladder, and every wick on the way is trimmed, however short.';
  const texts = [
    ...['1', '2', '3'].map((id) => chat(id, paste)),
    ...['4', '5'].map((id) => chat(id, news)),
    ...['6', '7', '8'].map((id) => chat(id, 'Good morning, all of you')),
    ...['9', '10', '11'].map((id) => raw(`x:${id}`, elsewhere)),
  ];

  const { documents, dropped } = await buildCorpus(texts, SETTINGS);

  assert.deepEqual(
    dropped.filter(({ rule }) => rule === 'copypasta').map(({ id }) => id),
    ['discord:1', 'discord:2', 'discord:3'],
  );
  assert.deepEqual(documents.map(({ id }) => id).toSorted(), ['discord:4', 'discord:6', 'x:9']);
});
