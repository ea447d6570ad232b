import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { modelCache } from '../../src/host/model-cache.ts';

function cacheOf(
  sizes: Readonly<Record<string, number>>,
  budgetBytes: number,
  bases: Readonly<Record<string, string>> = {},
) {
  const versions: Record<string, string> = {};
  const events: string[] = [];
  const cache = modelCache({
    budgetBytes,
    inspect: (folder) => ({
      bytes: sizes[folder] ?? 0,
      version: versions[folder] ?? 'first',
      standsOn: bases[folder],
    }),
    open: async (folder) => {
      events.push(`open ${folder}`);
      if (versions[folder] === 'broken') throw new UserError('broken');
      return { release: async () => void events.push(`release ${folder}`) };
    },
  });
  return { cache, events, versions };
}

/** Leased and given back at once. */
async function use(cache: ReturnType<typeof cacheOf>['cache'], folder: string): Promise<void> {
  const lease = await cache.lease(folder);
  await lease?.giveBack();
}

test('a model stays open, and the least recently used makes room for a new one', async () => {
  const { cache, events } = cacheOf({ a: 40, b: 40, c: 40 }, 100);

  for (const folder of ['a', 'b', 'a', 'c']) await use(cache, folder);

  assert.deepEqual(events, ['open a', 'open b', 'release b', 'open c']);
  assert.deepEqual(
    cache.held().map(({ folder, bytes }) => [folder, bytes]),
    [
      ['a', 40],
      ['c', 40],
    ],
  );
});

test('a model that can never fit is refused before anything is let go', async () => {
  const { cache, events } = cacheOf({ a: 40, huge: 200 }, 100);
  await use(cache, 'a');

  await assert.rejects(cache.lease('huge'), UserError);

  assert.deepEqual(events, ['open a']);
});

test('a model whose files changed is opened anew', async () => {
  const { cache, events, versions } = cacheOf({ a: 40 }, 100);
  await use(cache, 'a');

  versions.a = 'second';
  await use(cache, 'a');

  assert.deepEqual(events, ['open a', 'release a', 'open a']);
});

test('what is leased is not let go: there is no room until it is given back', async () => {
  const { cache, events } = cacheOf({ a: 60, b: 60 }, 100);
  const lease = await cache.lease('a');

  const none = await cache.lease('b');
  await lease?.giveBack();
  await use(cache, 'b');

  assert.equal(none, undefined);
  assert.deepEqual(events, ['open a', 'release a', 'open b']);
});

test('of a model whose files change while it is leased, the old one is let go when it is given back', async () => {
  const { cache, events, versions } = cacheOf({ a: 40 }, 100);
  const old = await cache.lease('a');

  versions.a = 'second';
  await use(cache, 'a');
  const before = [...events];
  await old?.giveBack();

  assert.deepEqual(before, ['open a', 'open a']);
  assert.deepEqual(events, ['open a', 'open a', 'release a']);
});

test('a base is opened before the adapter that stands on it, and let go after it', async () => {
  const { cache, events } = cacheOf({ base: 60, adapter: 10, other: 90 }, 100, { adapter: 'base' });
  await use(cache, 'base');
  const lease = await cache.lease('adapter');

  const none = await cache.lease('other');
  await lease?.giveBack();
  await use(cache, 'other');

  assert.equal(none, undefined);
  assert.deepEqual(events, ['open base', 'open adapter', 'release adapter', 'release base', 'open other']);
});

test('an adapter finds no room where it or its base finds none, and keeps none', async () => {
  const { cache, events } = cacheOf({ base: 60, adapter: 10, some: 50, more: 35 }, 100, { adapter: 'base' });
  for (const taken of ['some', 'more']) {
    const lease = await cache.lease(taken);
    assert.equal(await cache.lease('adapter'), undefined);
    await lease?.giveBack();
  }

  await cache.clear();

  assert.deepEqual(cache.held(), []);
  assert.deepEqual(events.toSorted(), [
    'open base',
    'open more',
    'open some',
    'release base',
    'release more',
    'release some',
  ]);
});

test('an adapter that cannot be opened gives its base back', async () => {
  const { cache, events, versions } = cacheOf({ base: 60, adapter: 10 }, 100, { adapter: 'base' });
  versions.adapter = 'broken';
  await assert.rejects(cache.lease('adapter'), UserError);

  await cache.clear();

  assert.deepEqual(events, ['open base', 'open adapter', 'release base']);
});

test('a model that cannot be opened is not held, and can be asked for again', async () => {
  let isBroken = true;
  const cache = modelCache({
    budgetBytes: 100,
    inspect: () => ({ bytes: 40, version: '' }),
    async open() {
      if (isBroken) throw new UserError('broken');
      return { release: async () => {} };
    },
  });
  await assert.rejects(cache.lease('a'), UserError);

  isBroken = false;

  assert.notEqual(await cache.lease('a'), undefined);
  assert.equal(cache.held().length, 1);
});
