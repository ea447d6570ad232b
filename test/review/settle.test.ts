import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { publishNext, reconcile } from '../../src/publishing/publish-next.ts';
import { draftsForOwner, getDraft } from '../../src/queue/draft.ts';
import { approve, reject } from '../../src/review/decide.ts';
import { settle } from '../../src/review/settle.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { fakeNetwork } from '../publishing/fake-network.ts';
import { insertDraft, NOON } from '../queue/prepared-drafts.ts';

let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});
afterEach(() => store.close());

const fake = fakeNetwork();
const turn = () => ({ persona: 'ada', network: fake.network, now: () => NOON });

async function held(): Promise<number> {
  const id = await insertDraft(store, ['doubtful']);
  await approve(store, { draftId: id, now: NOON, undoMs: 0 });
  fake.state.mood = 'loses the request';
  await publishNext(store, turn());
  fake.state.mood = 'takes it';
  const network = { ...fake.network, find: async () => ({ kind: 'cannot tell', reason: 'hidden' }) as const };
  await reconcile(store, { ...turn(), network });
  return id;
}

test('a draft in doubt waits for its owner beside those to decide', async () => {
  const pending = await insertDraft(store, ['pending']);
  const id = await held();

  assert.deepEqual((await draftsForOwner(store)).map((draft) => draft.id).toSorted(), [pending, id].toSorted());
});

test('what its owner found posted is published, with its address', async () => {
  const id = await held();

  await settle(store, { draftId: id, was: 'posted', url: 'https://example.social/7', now: NOON, undoMs: 0 });

  const { status, url, heldAt } = await getDraft(store, id);
  assert.deepEqual([status, url, heldAt], ['published', 'https://example.social/7', null]);
  assert.deepEqual(await draftsForOwner(store), []);
});

test('what its owner did not find is sent anew, once the time to take it back is over', async () => {
  const id = await held();
  const before = fake.sent.length;

  await settle(store, { draftId: id, was: 'not posted', now: NOON, undoMs: 1000 });

  assert.equal(await publishNext(store, turn()), null);
  const outcome = await publishNext(store, { ...turn(), now: () => new Date(NOON.getTime() + 1000) });
  assert.equal(outcome?.kind, 'published');
  assert.equal(fake.sent.length, before + 1);
  const keys = await store.db.selectFrom('attempts').select('key').where('draft_id', '=', id).execute();
  assert.equal(new Set(keys.map(({ key }) => key)).size, 2);
});

test('a draft in doubt can be rejected, and is not sent again', async () => {
  const id = await held();

  await reject(store, { draftId: id, now: NOON });

  assert.equal((await getDraft(store, id)).status, 'rejected');
  assert.equal(await publishNext(store, turn()), null);
  assert.deepEqual(await reconcile(store, turn()), []);
});

test('there is nothing to settle where the program still looks, or knows', async () => {
  const id = await insertDraft(store, ['sent']);
  const settling = () => settle(store, { draftId: id, was: 'posted', now: NOON, undoMs: 0 });
  await assert.rejects(settling(), UserError);
  await approve(store, { draftId: id, now: NOON, undoMs: 0 });
  fake.state.mood = 'loses the request';
  await publishNext(store, turn());

  await assert.rejects(settling(), /still looked for/);
});
