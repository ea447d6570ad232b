import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { optOut } from '../../src/listening/opt-outs.ts';
import { readTimeline } from '../../src/publishing/local.ts';
import { previewNext, publishNext, reconcile } from '../../src/publishing/publish-next.ts';
import { getDraft } from '../../src/queue/draft.ts';
import { approve, undo } from '../../src/review/decide.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { insertDraft, NOON } from '../queue/prepared-drafts.ts';
import { fakeNetwork } from './fake-network.ts';
import { localAccount } from './local-account.ts';

let store: Store;
let fake: ReturnType<typeof fakeNetwork>;
beforeEach(() => {
  store = openStore(':memory:');
  fake = fakeNetwork();
});
afterEach(() => store.close());

const now = () => NOON;
const turn = () => ({ persona: 'ada', network: fake.network, now });
const local = () => ({ persona: 'ada', network: localAccount(store, 'ada', now), now });
const attempts = () => store.db.selectFrom('attempts').selectAll().orderBy('id').execute();

async function approved(text: string, undoMs = 0): Promise<number> {
  const id = await insertDraft(store, [text]);
  await approve(store, { draftId: id, now: NOON, undoMs });
  return id;
}

test('an approved draft is published on the local timeline, with its URL', async () => {
  const id = await approved('Hope is a debt.');

  const outcome = await publishNext(store, local());

  assert.deepEqual(outcome, { kind: 'published', draftId: id, text: 'Hope is a debt.', url: 'local:ada/1' });
  const draft = await getDraft(store, id);
  assert.deepEqual([draft.status, draft.url, draft.publishedAt], ['published', 'local:ada/1', NOON.toISOString()]);
  assert.deepEqual(await readTimeline(store, 'ada'), [
    {
      id: 1,
      persona: 'ada',
      text: 'Hope is a debt.',
      url: 'local:ada/1',
      publishedAt: NOON.toISOString(),
      inReplyTo: null,
    },
  ]);
  assert.deepEqual(await readTimeline(store, 'bob'), []);
});

test('the local timeline takes one post for a key, however often it is sent', async () => {
  const { network } = local();
  const post = { text: 'once', key: 'k1', inReplyTo: null, options: {} };

  const urls = [await network.publish(post), await network.publish(post)];

  assert.deepEqual(urls, [
    { id: '1', url: 'local:ada/1' },
    { id: '1', url: 'local:ada/1' },
  ]);
  assert.equal((await readTimeline(store)).length, 1);
});

test('nothing is published that is pending, undone, still to be undone, or another persona’s', async () => {
  await insertDraft(store, ['pending']);
  await undo(store, { draftId: await approved('undone'), now: NOON });
  await approved('still to be undone', 1);
  const id = await insertDraft(store, ['another’s'], { persona: 'bob' });
  await approve(store, { draftId: id, now: NOON, undoMs: 0 });

  assert.equal(await publishNext(store, turn()), null);

  assert.deepEqual(fake.sent, []);
});

test('the attempt is on record before the network hears of it', async () => {
  const id = await approved('first things first');
  let seen: unknown;
  const network = {
    ...fake.network,
    publish: async () => {
      seen = (await attempts()).map(({ draft_id, payload, outcome }) => [draft_id, payload, outcome]);
      return { id: '1', url: 'https://example.social/1' };
    },
  };

  await publishNext(store, { ...turn(), network });

  assert.deepEqual(seen, [[id, 'first things first', null]]);
});

test('a refused draft fails with the reason, and is not sent again', async () => {
  const id = await approved('rude');
  fake.state.mood = 'refuses';

  const outcome = await publishNext(store, turn());
  fake.state.mood = 'takes it';

  assert.equal(outcome?.kind, 'failed');
  assert.deepEqual(
    [(await getDraft(store, id)).status, (await getDraft(store, id)).reason],
    ['failed', '422 too rude'],
  );
  assert.equal(await publishNext(store, turn()), null);
});

test('a draft refused for now is approved still, and waits as long as the network asked', async () => {
  const id = await approved('patient');
  fake.state.mood = 'is busy';

  const outcome = await publishNext(store, turn());
  fake.state.mood = 'takes it';

  assert.equal(outcome?.kind, 'postponed');
  assert.equal((await getDraft(store, id)).publishAt, '2026-03-01T12:00:01.000Z');
  assert.equal(await publishNext(store, turn()), null);
  const later = await publishNext(store, { ...turn(), now: () => new Date(NOON.getTime() + 1000) });
  assert.equal(later?.kind, 'published');
});

for (const mood of ['loses the request', 'loses the answer'] as const) {
  test(`when the network ${mood}, the draft is uncertain until it is reconciled, and is posted once`, async () => {
    const id = await approved('only once');
    fake.state.mood = mood;
    assert.equal((await publishNext(store, turn()))?.kind, 'uncertain');
    assert.equal(await publishNext(store, turn()), null);
    fake.state.mood = 'takes it';

    const [outcome] = await reconcile(store, turn());

    assert.equal(outcome?.kind, 'published');
    assert.equal((await getDraft(store, id)).status, 'published');
    assert.deepEqual([...fake.posts.values()], ['only once']);
    const keys = new Set((await attempts()).map(({ key }) => key));
    assert.equal(keys.size, 1);
  });
}

test('a network that cannot tell leaves the draft uncertain, and nothing is sent', async () => {
  const id = await approved('who knows');
  fake.state.mood = 'is gone';
  await publishNext(store, turn());

  const outcomes = await reconcile(store, turn());

  assert.deepEqual(outcomes, []); // nothing new
  assert.equal((await getDraft(store, id)).status, 'uncertain');
  assert.equal(fake.sent.length, 1);
});

test('a bug in a network leaves the draft uncertain and keeps its stack', async () => {
  const id = await approved('unlucky');
  const network = {
    ...fake.network,
    publish: () => Promise.reject(new TypeError('undefined is not a function')),
  };

  await assert.rejects(publishNext(store, { ...turn(), network }), TypeError);

  assert.equal((await getDraft(store, id)).status, 'uncertain');
});

test('a preview says what would be sent and leaves everything as it is', async () => {
  const id = await approved('not yet');
  const before = await getDraft(store, id);

  const outcome = await previewNext(store, 'ada', NOON);

  assert.deepEqual(outcome, { kind: 'dry run', draftId: id, text: 'not yet' });
  assert.deepEqual(await getDraft(store, id), before);
  assert.deepEqual(await attempts(), []);
});

test('the soonest approved draft goes first', async () => {
  await approved('second');
  const early = await insertDraft(store, ['first'], { dueAt: new Date(NOON.getTime() - 1000) });
  await approve(store, { draftId: early, now: new Date(NOON.getTime() - 1000), undoMs: 0 });

  await publishNext(store, turn());
  await publishNext(store, turn());

  assert.deepEqual(fake.sent, ['first', 'second']);
});

for (const mood of ['is busy', 'refuses'] as const) {
  test(`a retry that the network answers with "${mood}" keeps its key: what was sent before it may still arrive`, async () => {
    const id = await approved('late');
    fake.state.mood = 'loses the request';
    await publishNext(store, turn());

    fake.state.mood = mood;
    const refused = await reconcile(store, turn());
    fake.state.mood = 'takes it';
    const [settled] = await reconcile(store, { ...turn(), now: () => new Date(NOON.getTime() + 60_000) });

    assert.deepEqual(refused, []);
    assert.equal(settled?.kind, 'published');
    assert.equal(new Set((await attempts()).map(({ key }) => key)).size, 1);
    assert.equal((await getDraft(store, id)).status, 'published');
  });
}

/** An approved reply to Bob. */
async function approvedReply(): Promise<number> {
  const id = await approved('To you, Bob.');
  await store.db
    .insertInto('mentions')
    .values({
      persona: 'ada',
      account: 'fake:ada',
      post_id: '7',
      url: 'https://example.social/7',
      author_id: 'id of bob',
      author_name: '@bob',
      visibility: 'public',
      at: NOON.toISOString(),
      seen_at: NOON.toISOString(),
      status: 'answered',
      reason: null,
      text: null,
      draft_id: id,
    })
    .execute();
  return id;
}

const bob = { persona: 'ada', account: 'fake:ada', authorId: 'id of bob', authorName: '@bob' };

test('a reply that was lost is not sent again to one who has asked for silence since', async () => {
  const id = await approvedReply();
  fake.state.mood = 'loses the request';
  await publishNext(store, turn());
  await optOut(store, bob, NOON);
  fake.state.mood = 'takes it';

  const [outcome] = await reconcile(store, turn());

  assert.equal(outcome?.kind, 'failed');
  assert.deepEqual(fake.sent, ['To you, Bob.']);
  const { status, reason } = await getDraft(store, id);
  assert.deepEqual([status, reason], ['expired', '@bob asked not to be answered, and it is not there']);
});

test('a reply that was lost on its way back is known to be there, whatever was asked since', async () => {
  const id = await approvedReply();
  fake.state.mood = 'loses the answer';
  await publishNext(store, turn());
  await optOut(store, bob, NOON);

  await reconcile(store, turn());

  assert.equal((await getDraft(store, id)).status, 'published');
});

test('a reply that was refused for now while its person asked for silence is not sent later', async () => {
  const id = await approvedReply();
  fake.state.mood = 'is busy';
  const { publish } = fake.network;
  const network: typeof fake.network = {
    ...fake.network,
    publish: async (post) => {
      await optOut(store, bob, NOON);
      return publish(post);
    },
  };
  await publishNext(store, { ...turn(), network });
  fake.state.mood = 'takes it';

  const outcome = await publishNext(store, { ...turn(), now: () => new Date(NOON.getTime() + 60_000) });

  assert.equal(outcome?.kind, 'failed');
  assert.equal(fake.posts.size, 0);
  assert.deepEqual((await getDraft(store, id)).reason, '@bob asked not to be answered');
});
