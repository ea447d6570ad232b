import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expireCopies } from '../../src/cli/expire-copies.ts';
import { getDraft } from '../../src/queue/draft.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import type { Status } from '../../src/store/tables.ts';

const FORGOTTEN = 'Gulls are louder than anybody here admits';
const NOW = new Date(Date.UTC(2026, 0, 2));
const at = '2026-01-01T00:00:00.000Z';

async function draft(store: Store, status: Status, text: string, url: string | null = null): Promise<number> {
  const { id } = await store.db
    .insertInto('drafts')
    .values({
      persona: 'ada',
      kind: 'post',
      prompt: null,
      due_at: at,
      in_reply_to: null,
      created_at: at,
      status,
      text,
      url,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** What becomes of a draft that says what is to be forgotten, whatever its status. */
const FATES: readonly (readonly [Status, becomes: Status, named: 'drafts' | 'published' | 'underWay' | undefined])[] = [
  ['pending', 'expired', 'drafts'],
  ['approved', 'expired', 'drafts'],
  ['failed', 'expired', 'drafts'],
  ['publishing', 'publishing', 'underWay'],
  ['uncertain', 'uncertain', 'underWay'],
  ['published', 'published', 'published'],
  ['rejected', 'rejected', undefined],
  ['expired', 'expired', undefined],
];

for (const [status, becomes, named] of FATES) {
  test(`a draft that says what is to be forgotten, ${status}, is ${becomes} then${named ? ', and told' : ''}`, async () => {
    const store = openStore(':memory:');
    const url = status === 'published' ? 'https://tea.example/@ada/1' : null;
    const other = await draft(store, status, 'Herons say nothing at all, and mean it');
    const id = await draft(store, status, `“${FORGOTTEN.toUpperCase()}!”`, url);

    const found = await expireCopies(store, 'ada', [FORGOTTEN], NOW);

    const nothing = { drafts: [], published: [], underWay: [] };
    assert.deepEqual(found, named === undefined ? nothing : { ...nothing, [named]: [url ?? id] });
    const { reason, decidedAt, ...after } = await getDraft(store, id);
    assert.equal(after.status, becomes);
    assert.equal((await getDraft(store, other)).status, status);
    if (named === 'drafts')
      assert.deepEqual([reason, decidedAt], ['it repeats a post that you want forgotten', NOW.toISOString()]);
    await store.close();
  });
}

test('one that has failed after a part of it was posted stays, so that it can be taken back, and its address is told', async () => {
  const store = openStore(':memory:');
  const id = await draft(store, 'failed', FORGOTTEN);
  const url = 'https://tea.example/@ada/7';
  const attempt = {
    draft_id: id,
    network: 'mastodon',
    key: 'k',
    payload: '{}',
    started_at: at,
    account: 'ada@tea.example',
  };
  await store.db
    .insertInto('attempts')
    .values({ ...attempt, cursor: null, first_sent_at: null, outcome: 'published', url, post_id: '7' })
    .execute();

  const found = await expireCopies(store, 'ada', [FORGOTTEN], NOW);

  assert.deepEqual(found, { drafts: [], published: [url], underWay: [] });
  assert.equal((await getDraft(store, id)).status, 'failed');
  await store.close();
});

test('a draft of another persona that says the same is its own matter', async () => {
  const store = openStore(':memory:');
  const id = await draft(store, 'approved', FORGOTTEN);

  assert.deepEqual(await expireCopies(store, 'bob', [FORGOTTEN], NOW), { drafts: [], published: [], underWay: [] });
  assert.equal((await getDraft(store, id)).status, 'approved');
  await store.close();
});
