import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getDraft } from '../../src/queue/draft.ts';
import { move, movesFrom } from '../../src/queue/status.ts';
import { openStore } from '../../src/store/store.ts';
import { STATUSES, type Status } from '../../src/store/tables.ts';
import { insertDraft } from './prepared-drafts.ts';

test('only the first of two moves from one status wins', async () => {
  const store = openStore(':memory:');
  const id = await insertDraft(store, ['a text']);

  const wins = [
    await move(store, id, { from: 'pending', to: 'rejected' }, { reason: 'first' }),
    await move(store, id, { from: 'pending', to: 'rejected' }, { reason: 'second' }),
  ];

  assert.deepEqual(wins, [true, false]);
  assert.equal((await getDraft(store, id)).reason, 'first');
  await store.close();
});

test('a move that drafts never make is a bug', async () => {
  const store = openStore(':memory:');
  const id = await insertDraft(store, ['a text']);

  await assert.rejects(move(store, id, { from: 'pending', to: 'publishing' }), /cannot go from pending to publishing/);
  await store.close();
});

test('nothing but an approval leads a draft to be published', () => {
  const into = (status: Status) => STATUSES.filter((from) => movesFrom(from).includes(status));

  assert.deepEqual(into('published'), ['publishing', 'uncertain']);
  assert.deepEqual(into('publishing'), ['approved', 'uncertain']);
  assert.deepEqual(into('uncertain'), ['publishing']);
  assert.deepEqual(movesFrom('published'), ['pending']);
});

test('the store refuses to begin publishing a text that no decision approved, whoever asks', async () => {
  const store = openStore(':memory:');
  const id = await insertDraft(store, ['a text']);
  const forced = store.db.updateTable('drafts').set({ status: 'publishing', text: 'a text' }).where('id', '=', id);

  await assert.rejects(forced.execute(), /only the text that the newest decision approved/);
  await store.close();
});
