import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelCache } from '../../src/daemon/model-cache.ts';
import { UserError } from '../../src/errors.ts';

function cacheOf(sizes: Readonly<Record<string, number>>, budgetBytes: number) {
  const versions: Record<string, string> = {};
  const events: string[] = [];
  const cache = modelCache({
    budgetBytes,
    inspect: (folder) => ({ bytes: sizes[folder] ?? 0, version: versions[folder] ?? 'first' }),
    open: async (folder) => {
      events.push(`open ${folder}`);
      return { release: async () => void events.push(`release ${folder}`) };
    },
  });
  return { cache, events, versions };
}

test('a model stays open, and the least recently used makes room for a new one', async () => {
  const { cache, events } = cacheOf({ a: 40, b: 40, c: 40 }, 100);

  for (const folder of ['a', 'b', 'a', 'c']) await cache.get(folder);

  assert.deepEqual(events, ['open a', 'open b', 'release b', 'open c']);
  assert.deepEqual(cache.held(), [
    { folder: 'a', bytes: 40 },
    { folder: 'c', bytes: 40 },
  ]);
});

test('a model that can never fit is refused before anything is let go', async () => {
  const { cache, events } = cacheOf({ a: 40, huge: 200 }, 100);
  await cache.get('a');

  await assert.rejects(cache.get('huge'), UserError);

  assert.deepEqual(events, ['open a']);
});

test('a model whose files changed is opened anew', async () => {
  const { cache, events, versions } = cacheOf({ a: 40 }, 100);
  await cache.get('a');

  versions.a = 'second';
  await cache.get('a');

  assert.deepEqual(events, ['open a', 'release a', 'open a']);
});
