import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { knowIdentity } from '../../src/publishing/account-health.ts';
import { keepUsage, readSpending } from '../../src/publishing/usage.ts';
import { openStore, type Store } from '../../src/store/store.ts';

const HOUR = 3_600_000;
let file: string;
let store: Store;
let clock: number;
beforeEach(() => {
  file = path.join(mkdtempSync(path.join(tmpdir(), 'eidolon-usage-')), 'eidolon.db');
  store = openStore(file);
  clock = Date.parse('2026-03-10T12:00:00Z');
});
afterEach(() => store.close());

const now = () => new Date(clock);
const usage = (persona = 'ada') => keepUsage(store, persona, now);
const onX = (budget: object, name = 'ada') => ({ name, account: { network: 'x', budget } as never });
const spending = async (budget: object, name = 'ada') =>
  (await readSpending(store, [onX(budget, name)], now())).get(name)!;
const iso = (ms: number) => new Date(ms).toISOString();

test('what was spent is kept across restarts, by day and by month', async () => {
  await usage().spent({ kind: 'post', dollars: 0.015 });
  await usage().spent({ kind: 'read', count: 7, dollars: 0.007 });
  clock += 25 * HOUR;
  await usage().spent({ kind: 'post', dollars: 0.2 });
  await store.close();
  store = openStore(file);

  const { postsInDay, postsInMonth, readsInDay, readsInMonth, dollarsInMonth } = await spending({});

  assert.deepEqual([postsInDay, postsInMonth, readsInDay, readsInMonth], [1, 2, 0, 7]);
  assert.equal(dollarsInMonth.toFixed(3), '0.222');
});

test('a new month begins with nothing spent, by the calendar of UTC', async () => {
  clock = Date.parse('2026-03-31T23:59:00Z');
  await usage().spent({ kind: 'post', dollars: 1 });
  clock += 2 * 60_000;

  const { postsInDay, postsInMonth, dollarsInMonth } = await spending({});

  assert.deepEqual([postsInDay, postsInMonth, dollarsInMonth], [1, 0, 0]);
});

test('hours that nobody asks for any more are dropped', async () => {
  for (let hour = 0; hour < 100; hour++, clock += HOUR) await usage().spent({ kind: 'read', count: 1 });

  const rows = await store.db.selectFrom('usage').selectAll().where('period', 'like', '%T%').execute();

  assert.ok(rows.length <= 49, `${rows.length} rows`);
});

test('a budget of posts slows down at its half and ends at its end, until the day has room again', async () => {
  const budget = { postsPerDay: 4 };
  const first = clock;
  await usage().spent({ kind: 'post' });
  assert.equal((await spending(budget)).posts, null);
  await usage().spent({ kind: 'post' });

  const halved = (await spending(budget)).posts;
  clock += 12 * HOUR;
  await usage().spent({ kind: 'post' });
  await usage().spent({ kind: 'post' });
  const over = (await spending(budget)).posts;

  assert.deepEqual([halved?.until, over?.until], [iso(first + 12 * HOUR), iso(first + 24 * HOUR)]);
  assert.match(over!.because, /4 posts a day is used up/);
  clock = first + 24 * HOUR;
  assert.equal((await spending(budget)).posts, null);
});

test('without what can be read nothing is posted, but what is only slowed down does not keep posts', async () => {
  const budget = { readsPerMonth: 10 };
  await usage().spent({ kind: 'read', count: 8 });

  const slow = await spending(budget);
  await usage().spent({ kind: 'read', count: 2 });
  const over = await spending(budget);

  assert.ok(slow.reads);
  assert.deepEqual([slow.posts, slow.necessaryReads], [null, null]);
  assert.deepEqual(
    [over.posts?.until, over.necessaryReads?.until],
    ['2026-04-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'],
  );
});

test('money is one budget for posts and reads', async () => {
  await usage().spent({ kind: 'read', count: 100, dollars: 0.99 });

  const { posts, reads } = await spending({ dollarsPerMonth: 1 });

  assert.equal(posts?.until, '2026-04-01T00:00:00.000Z');
  assert.match(reads!.because, /\$1 a month/);
});

test('two personas of one account spend from one account', async () => {
  for (const persona of ['ada', 'bob']) await usage(persona).spent({ kind: 'post', dollars: 0.01 });
  assert.equal((await spending({})).postsInDay, 1);

  for (const persona of ['ada', 'bob']) await knowIdentity(store, persona, 'x:1000');

  assert.equal((await spending({})).postsInDay, 2);
  assert.equal((await spending({ postsPerDay: 2 }, 'bob')).posts?.because, 'the budget of 2 posts a day is used up');
});

test('the network’s own limit is kept across restarts: reached, it is waited for; nearly, what is left is spread', async () => {
  const resetAt = new Date(clock + HOUR);
  await usage().spent({ kind: 'post' });
  await usage().limited({ kind: 'post', remaining: 3, resetAt });
  const nearly = await spending({});
  await usage().limited({ kind: 'post', remaining: 0, resetAt });
  await store.close();
  store = openStore(file);
  const reached = await spending({});
  clock += HOUR;
  const over = await spending({});

  assert.deepEqual([nearly.posts?.until, nearly.reads], [iso(clock - HOUR + HOUR / 3), null]);
  assert.equal(reached.posts?.until, resetAt.toISOString());
  assert.equal(over.posts, null);
});

test('limits of several endpoints are kept apart: what one has left says nothing of another', async () => {
  const resetAt = new Date(clock + HOUR);
  await usage().limited({ kind: 'read', endpoint: 'mentions', remaining: 0, resetAt });
  await usage().limited({ kind: 'read', endpoint: 'posts', remaining: 500, resetAt });

  assert.equal((await spending({})).reads?.until, resetAt.toISOString());
  await usage().limited({ kind: 'read', endpoint: 'mentions', remaining: 500, resetAt });
  assert.equal((await spending({})).reads, null);
});
