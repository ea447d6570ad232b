import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, test } from 'node:test';
import { AGES_MS, measure, nextLook } from '../../src/listening/measure.ts';
import { outcomesOf } from '../../src/listening/outcomes.ts';
import { say } from '../../src/publishing/local.ts';
import type { Holder } from '../../src/publishing/networks.ts';
import { publishNext } from '../../src/publishing/publish-next.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { persona } from '../daemon/composing.ts';
import { localAccount } from '../publishing/local-account.ts';
import { insertDraft, NOON } from '../queue/prepared-drafts.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
let store: Store;
let clock: Date;
let holder: Holder;
beforeEach(() => {
  store = openStore(':memory:');
  clock = NOON;
  holder = { store, persona: persona(), home: mkdtempSync(path.join(tmpdir(), 'measure-')), now: () => clock };
});

async function published(text: string): Promise<number> {
  const draftId = await insertDraft(store, [text], { dueAt: clock });
  await approve(store, { draftId, now: clock, undoMs: 0 });
  await publishNext(store, { persona: 'ada', network: localAccount(store, 'ada', () => clock), now: () => clock });
  return draftId;
}

const reply = (url: string) => say(store, { name: 'bob', text: 'Indeed.', inReplyTo: url, now: clock });
const after = (ms: number) => new Date(NOON.getTime() + ms);

test('a post is looked at often while it is new, ever less often after, and in the end no more', () => {
  const looks: number[] = [];
  for (let last: Date | null = null; ; last = new Date(looks.at(-1)!)) {
    const next = nextLook(NOON, last);
    if (next === null) break;
    looks.push(next.getTime());
  }

  assert.deepEqual(
    looks.map((at) => at - NOON.getTime()),
    AGES_MS,
  );
  const gaps = AGES_MS.map((age, index) => age - (AGES_MS[index - 1] ?? 0));
  assert.deepEqual(
    gaps,
    gaps.toSorted((a, b) => a - b),
  );
});

test('looks that were slept through are not made up for', () => {
  assert.deepEqual(nextLook(NOON, after(5 * DAY)), after(7 * DAY));
  assert.equal(nextLook(NOON, after(31 * DAY)), null);
});

test('what came of a post is kept each time that it is looked at', async () => {
  const id = await published('Hope is a debt.');
  await published('Fear is a credit.');

  clock = after(15 * MINUTE);
  await measure(holder);
  await reply('local:ada/1');
  clock = after(20 * MINUTE);
  assert.deepEqual(await measure(holder), []);
  clock = after(HOUR);
  assert.deepEqual(await measure(holder), [{ kind: 'measured', posts: 2 }]);

  assert.deepEqual(await outcomesOf(store, id), [
    { at: after(15 * MINUTE).toISOString(), likes: 0, boosts: 0, replies: 0, isGone: false },
    { at: after(HOUR).toISOString(), likes: 0, boosts: 0, replies: 1, isGone: false },
  ]);
});

test('a post that is gone is looked at no more, and its last numbers stand', async () => {
  const id = await published('Hope is a debt.');
  clock = after(15 * MINUTE);
  await reply('local:ada/1');
  await measure(holder);
  await store.db.deleteFrom('timeline').where('persona', '=', 'ada').execute();

  clock = after(HOUR);
  await measure(holder);
  clock = after(4 * HOUR);
  assert.deepEqual(await measure(holder), []);

  const [, last] = await outcomesOf(store, id);
  assert.deepEqual([last?.isGone, last?.replies], [true, 1]);
});
