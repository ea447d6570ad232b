import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catchUp } from '../../src/listening/catch-up.ts';
import { settingsSchema } from '../../src/persona/settings.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore, type Store, storeFile } from '../../src/store/store.ts';
import { toyHome } from '../daemon/toy-home.ts';
import { ACCOUNT, heardOn, mentionsIn, NOON, person, post } from '../listening/said.ts';
import { insertDraft } from '../queue/prepared-drafts.ts';
import { runEidolon } from './run-eidolon.ts';

const { schedule } = settingsSchema.parse({ name: 'ada', model: 'toy' });
const bob = person('Bob@example.social');

function hear(store: Store, posts: Parameters<typeof heardOn>[0]) {
  const network = heardOn(posts);
  return catchUp({ store, network, account: ACCOUNT, persona: { name: 'ada', schedule }, now: () => NOON });
}

test('who asked to be left alone is listed, and answered again only once the owner takes it back', async () => {
  const home = toyHome('ada');
  const eidolon = async (...argv: readonly string[]) => runEidolon(['account', ...argv], { home });
  const store = openStore(storeFile(home));
  assert.equal((await eidolon('opt-outs', 'ada')).stdout, 'Nobody asked ada not to answer\n');
  const said = [post('1', '@ada Please stop!', { author: bob }), post('2', 'Hello?', { author: bob })];
  await hear(store, said);

  const listed = JSON.parse((await eidolon('opt-outs', 'ada', '--json')).stdout);
  const { stdout } = await eidolon('opt-in', 'ada', 'bob@Example.social');
  await hear(store, [...said, post('3', 'I was wrong, tell me more', { author: bob })]);

  assert.deepEqual(listed, [{ name: '@Bob@example.social', since: NOON.toISOString() }]);
  assert.equal(stdout, 'ada answers bob@Example.social again, from what they say next on\n');
  const why = 'its author asked not to be answered';
  assert.deepEqual(await mentionsIn(store), [
    ['@Bob@example.social', 'passed over', why],
    ['@Bob@example.social', 'passed over', why],
    ['@Bob@example.social', 'waiting', null],
  ]);
  await store.close();
});

test('the owner may say it for somebody: what waits and is approved for them is withdrawn, and the next word is passed over', async () => {
  const home = toyHome('ada');
  const store = openStore(storeFile(home));
  const said = [post('1', 'Hello?', { author: bob })];
  await hear(store, said);
  const draft = await insertDraft(store, ['Good day.']);
  await approve(store, { draftId: draft, now: NOON, undoMs: 0 });
  await store.db.updateTable('mentions').set({ status: 'answered', draft_id: draft }).execute();

  const { status } = await runEidolon(['account', 'opt-out', 'ada', '@bob@example.social'], { home });
  await runEidolon(['account', 'opt-out', 'ada', '@carol@elsewhere.example'], { home }); // never spoke to it
  const carol = person('Carol@elsewhere.example');
  await hear(store, [...said, post('2', 'And now?', { author: bob }), post('3', 'Hi', { author: carol })]);

  assert.equal(status, 0);
  const { status: became } = await store.db.selectFrom('drafts').select('status').executeTakeFirstOrThrow();
  assert.equal(became, 'rejected');
  assert.deepEqual(
    (await mentionsIn(store)).slice(1).map(([, status]) => status),
    ['passed over', 'passed over'],
  );
  await store.close();
});

test('a name that is none, somebody who is not on the list, and a persona that is not there are a line each', async () => {
  const home = toyHome('ada');
  for (const [argv, expected] of [
    [['opt-out', 'ada', 'two words'], /^error: Expected a name such as @bob@example.social, found "two words"/],
    [['opt-in', 'ada', '@bob'], /^error: Expected somebody who asked ada not to answer, found "@bob"/],
    [['opt-outs', 'nobody'], /nobody/],
  ] as const) {
    const { status, stdout, stderr } = await runEidolon(['account', ...argv], { home });
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, expected);
  }
});
