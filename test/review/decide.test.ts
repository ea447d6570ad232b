import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { getDraft } from '../../src/queue/draft.ts';
import { move } from '../../src/queue/status.ts';
import { approve, askForMore, reject, skip, undo } from '../../src/review/decide.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { insertDraft, NOON } from '../queue/prepared-drafts.ts';

let store: Store;
let id: number;
beforeEach(async () => {
  store = openStore(':memory:');
  id = await insertDraft(store, ['first', 'second']);
});
afterEach(() => store.close());

const MINUTE = 60_000;
const after = (ms: number) => new Date(NOON.getTime() + ms);
const decisions = async () =>
  (await store.db.selectFrom('decisions').selectAll().orderBy('id').execute()).map((row) => [row.action, row.text]);

test('a pick approves the candidate as it stands, after its slot and the time to undo', async () => {
  const draft = await approve(store, { draftId: id, candidateId: 2, now: NOON, undoMs: 2 * MINUTE });

  assert.equal(draft.status, 'approved');
  assert.equal(draft.text, 'second');
  assert.equal(draft.candidateId, 2);
  assert.equal(draft.publishAt, after(2 * MINUTE).toISOString());
  assert.deepEqual(await decisions(), [['picked', 'second']]);
});

test('a draft approved early waits for its slot', async () => {
  const early = await insertDraft(store, ['early'], { dueAt: after(60 * MINUTE) });

  const draft = await approve(store, { draftId: early, now: NOON, undoMs: 2 * MINUTE });

  assert.equal(draft.publishAt, after(60 * MINUTE).toISOString());
});

test("the owner's own words are an edit; words left as they were are a pick", async () => {
  const unchanged = await insertDraft(store, ['as it was']);

  await approve(store, { draftId: id, text: '  my own\r\nwords \n', now: NOON, undoMs: 0 });
  await approve(store, { draftId: unchanged, text: 'as it was\n', now: NOON, undoMs: 0 });

  assert.deepEqual(await decisions(), [
    ['edited', 'my own\nwords'],
    ['picked', 'as it was'],
  ]);
  assert.equal((await getDraft(store, id)).text, 'my own\nwords');
});

for (const [what, approval] of [
  ['an empty text', { text: ' \n ' }],
  ["a text over the network's limit", { text: '🙂'.repeat(11), maxCharacters: 10 }],
  ["another draft's candidate", { candidateId: 99 }],
] as const) {
  test(`${what} is refused and decides nothing`, async () => {
    await assert.rejects(approve(store, { draftId: id, now: NOON, undoMs: 0, ...approval }), UserError);

    assert.equal((await getDraft(store, id)).status, 'pending');
    assert.deepEqual(await decisions(), []);
  });
}

test('an emoji counts as one character', async () => {
  const draft = await approve(store, {
    draftId: id,
    text: '🙂'.repeat(10),
    maxCharacters: 10,
    now: NOON,
    undoMs: 0,
  });

  assert.equal(draft.status, 'approved');
});

test('a rejection keeps its reason', async () => {
  const draft = await reject(store, { draftId: id, reason: ' stale joke ', now: NOON });

  assert.equal(draft.status, 'rejected');
  assert.equal(draft.reason, 'stale joke');
});

test('a skipped draft, and one for which more was asked, stay pending', async () => {
  await skip(store, { draftId: id, now: NOON });
  await askForMore(store, { draftId: id, now: NOON });

  assert.equal((await getDraft(store, id)).status, 'pending');
  assert.deepEqual(await decisions(), [
    ['skipped', null],
    ['more', null],
  ]);
});

for (const decide of [
  (draftId: number) => approve(store, { draftId, now: NOON, undoMs: 0 }),
  (draftId: number) => reject(store, { draftId, reason: 'no', now: NOON }),
  (draftId: number) => skip(store, { draftId, now: NOON }),
]) {
  test('undoing leaves the draft as if nothing had been decided, and the decisions on record', async () => {
    const before = await getDraft(store, id);
    await decide(id);

    assert.deepEqual(await undo(store, { draftId: id, now: after(MINUTE) }), before);

    assert.equal((await decisions()).at(-1)?.[0], 'undone');
    assert.equal((await decisions()).length, 2);
  });
}

test('once publishing has begun nothing can be undone, rejected or approved again', async () => {
  await approve(store, { draftId: id, now: NOON, undoMs: 0 });
  await move(store, id, { from: 'approved', to: 'publishing' });

  await assert.rejects(undo(store, { draftId: id, now: NOON }), /is publishing: it can no longer be undone/);
  await assert.rejects(reject(store, { draftId: id, now: NOON }), UserError);
  await assert.rejects(approve(store, { draftId: id, now: NOON, undoMs: 0 }), UserError);
});

test('without a decision there is nothing to undo', async () => {
  await assert.rejects(undo(store, { draftId: id, now: NOON }), /no decision to undo/);
});

test('approving a failed draft again keeps the text that failed', async () => {
  await approve(store, { draftId: id, text: 'my own words', now: NOON, undoMs: 0 });
  await move(store, id, { from: 'approved', to: 'publishing' });
  await move(store, id, { from: 'publishing', to: 'failed' }, { reason: 'too rude' });

  const draft = await approve(store, { draftId: id, now: NOON, undoMs: 0 });

  assert.equal(draft.text, 'my own words');
  assert.equal(draft.reason, null);
});
