import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standingTexts } from '../../src/queue/standing-texts.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore } from '../../src/store/store.ts';
import type { Status } from '../../src/store/tables.ts';
import { insertDraft, NOON } from './prepared-drafts.ts';

test('what is out, on its way or may be out is not to be said again, newest first; what came to nothing may be', async () => {
  const store = openStore(':memory:');
  const insert = async (persona: string, text: string, status: Status) => {
    const draftId = await insertDraft(store, [text], { persona });
    if (status === 'pending') return;
    await approve(store, { draftId, now: NOON, undoMs: 0 });
    await store.db.updateTable('drafts').set({ status }).where('id', '=', draftId).execute();
  };
  for (const status of ['published', 'rejected', 'approved', 'expired', 'publishing', 'failed', 'uncertain'] as const) {
    await insert('ada', `${status} words`, status);
  }
  await insert('ada', 'words to decide on', 'pending');
  await insert('ben', 'words of another', 'published');

  assert.deepEqual(await standingTexts(store, 'ada'), [
    'uncertain words',
    'publishing words',
    'approved words',
    'published words',
  ]);
  store.close();
});
