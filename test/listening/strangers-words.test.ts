/** What others say to a persona is for the answer to it, and for nothing else. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readTexts } from '../../src/corpus/read-texts.ts';
import { replyNext } from '../../src/daemon/composing/compose-reply.ts';
import { decidedTexts } from '../../src/learning/adapter/taught-texts.ts';
import { catchUp } from '../../src/listening/catch-up.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore } from '../../src/store/store.ts';
import { composing, GOOD, hostSaying, persona } from '../daemon/composing.ts';
import { ACCOUNT, heardOn, NOON, ownPost, post } from './said.ts';

const PLANTED = 'xyzzy of bob';

async function answered() {
  const store = openStore(':memory:');
  const network = heardOn([post('2', `What is ${PLANTED}?`, { inReplyTo: '1' })], [ownPost('1', 'Hope is a debt.')]);
  await catchUp({ store, persona: persona(), network, account: ACCOUNT, now: () => NOON });
  await replyNext({ ...composing(store, hostSaying(GOOD)), network });
  await approve(store, { draftId: 1, now: NOON, undoMs: 0 });
  return store;
}

test('neither they nor the answer to them are texts to learn from', async () => {
  const store = await answered();

  assert.deepEqual(await Array.fromAsync(readTexts(store, 'ada', 'mine')), []);
  assert.deepEqual(await decidedTexts(store, 'ada'), []);
});

test('they stand with the mention and the call to the model, and nowhere else in the store', async () => {
  const { db } = await answered();
  const tables = await db.introspection.getTables();
  const holding: string[] = [];
  for (const { name, columns } of tables) {
    for (const column of columns) {
      const rows = await db
        .selectFrom(name as 'drafts')
        .select(column.name as 'text')
        .execute();
      const values = rows.map((row) => Object.values(row)[0]);
      if (values.some((value) => typeof value === 'string' && value.includes(PLANTED)))
        holding.push(`${name}.${column.name}`);
    }
  }

  assert.deepEqual(holding.toSorted(), ['mentions.text', 'mentions.thread', 'rounds.request']);
});

test('of all stages only listening and those who answer and show read what was said', () => {
  const reading = globSync('src/**/*.ts').filter((file) =>
    /(?:From|Table|Join|Into)\('(?:mentions|conversations)\b/.test(readFileSync(file, 'utf8')),
  );

  assert.deepEqual(reading.filter((file) => !file.startsWith('src/listening/')).toSorted(), [
    'src/daemon/composing/compose-reply.ts',
    'src/daemon/composing/salon-drafts.ts',
    'src/daemon/jobs/read-replies.ts',
    'src/publishing/opted-out.ts', // whose it was, not what
  ]);
});
