import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { publishNext } from '../../src/publishing/publish-next.ts';
import { editPosted, takeBack } from '../../src/publishing/take-back.ts';
import { xNetwork } from '../../src/publishing/x/x.ts';
import { getDraft } from '../../src/queue/draft.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { insertDraft, NOON } from '../queue/prepared-drafts.ts';
import { blueskyAccount } from './bluesky/bluesky-account.ts';
import { fakeNetwork } from './fake-network.ts';
import { localAccount } from './local-account.ts';
import { networkOn } from './mastodon/mastodon-account.ts';
import { startBluesky } from './servers/bluesky-server.ts';
import { mastodonServer } from './servers/mastodon-server.ts';
import { startXServer } from './servers/x-server.ts';
import { xAccount } from './x/x-account.ts';

let store: Store;
beforeEach(() => {
  store = openStore(':memory:');
});
afterEach(() => store.close());

const now = () => NOON;
const PARTS = ['One.', 'Two.', 'Three.'];

async function posted(
  turn: Omit<Parameters<typeof publishNext>[1], 'persona'>,
  text = 'Hope is a debt.',
): Promise<number> {
  const id = await insertDraft(store, [text]);
  await approve(store, { draftId: id, now: NOON, undoMs: 0 });
  const outcome = await publishNext(store, { persona: 'ada', ...turn });
  assert.equal(outcome?.kind, 'published');
  return id;
}

test('what is taken back is gone from its network and waits for a decision again; approved anew, it is a new post', async () => {
  const network = localAccount(store, 'ada', now);
  const id = await posted({ network, now });

  const draft = await takeBack(store, id, { network, now });

  assert.deepEqual(
    [draft.status, draft.text, draft.url, draft.postId, draft.publishedAt],
    ['pending', null, null, null, null],
  );
  assert.deepEqual(await store.db.selectFrom('timeline').selectAll().execute(), []);
  await assert.rejects(takeBack(store, id, { network, now }), /expected one that is posted, but it is pending/);
  await approve(store, { draftId: id, text: 'In other words.', now: NOON, undoMs: 0 });
  const outcome = await publishNext(store, { persona: 'ada', network, now });
  assert.equal(outcome?.kind === 'published' && outcome.text, 'In other words.');
});

test('on each network it is deleted there', async (t) => {
  await using mastodon = await mastodonServer();
  await using x = await startXServer();
  const bluesky = await startBluesky(t);
  const networks = {
    mastodon: networkOn(mastodon),
    x: xNetwork(xAccount(x.url).account),
    bluesky: blueskyAccount(bluesky).network,
  };
  for (const [name, network] of Object.entries(networks)) {
    const id = await posted({ network, now }, `On ${name}.`);
    await takeBack(store, id, { network, now });
    assert.equal((await getDraft(store, id)).status, 'pending', name);
  }

  assert.equal(mastodon.requests.filter(({ method }) => method === 'DELETE').length, 1);
  assert.equal(x.posts.length, 0);
  assert.equal(bluesky.posts().length, 0);
});

test('of a thread the last post goes first; stopped half-way, the rest goes the next time', async () => {
  const { network, posts } = fakeNetwork();
  const splitter = async () => () => PARTS;
  const id = await posted({ network, now, splitter }, PARTS.join(' '));
  const { remove } = network;
  const left: string[][] = [];
  let isBroken = true;
  const stubborn = {
    ...network,
    remove: async (key: string) => {
      if (isBroken && posts.get(key) === 'Two.') throw new Error('out of order');
      await remove(key);
      left.push([...posts.values()]);
    },
  };

  await assert.rejects(takeBack(store, id, { network: stubborn, now }), /out of order/);
  assert.equal((await getDraft(store, id)).status, 'published');
  isBroken = false;
  await takeBack(store, id, { network: stubborn, now });

  assert.deepEqual(left, [['One.', 'Two.'], ['One.'], []]);
  const draft = await getDraft(store, id);
  assert.deepEqual([draft.status, draft.parts], ['pending', null]);
});

test('killed after it was removed, and before that was kept, it is taken back the next time', async () => {
  const network = localAccount(store, 'ada', now);
  const id = await posted({ network, now });
  await store.db.deleteFrom('timeline').execute();
  await store.db.updateTable('attempts').set({ removed_at: NOON.toISOString() }).execute();

  assert.equal((await takeBack(store, id, { network, now })).status, 'pending');
});

test('a thread that is half sent can be taken back too, and is then sent from its beginning', async () => {
  const { network, posts, state } = fakeNetwork();
  const { publish } = network;
  const splitter = async () => () => PARTS;
  const id = await insertDraft(store, [PARTS.join(' ')]);
  await approve(store, { draftId: id, now: NOON, undoMs: 0 });
  const picky = {
    ...network,
    publish: (post: Parameters<typeof publish>[0]) => {
      state.mood = post.text === 'Two.' ? 'refuses' : 'takes it';
      return publish(post);
    },
  };
  await publishNext(store, { persona: 'ada', network: picky, now, splitter });
  assert.equal((await getDraft(store, id)).status, 'failed');

  await takeBack(store, id, { network, now });
  assert.deepEqual([...posts.values()], []);
  await approve(store, { draftId: id, now: NOON, undoMs: 0 });
  state.mood = 'takes it';
  await publishNext(store, { persona: 'ada', network, now, splitter });

  assert.deepEqual([...posts.values()], PARTS);
});

test('what is of another account, or known by its address alone, is left for its owner', async () => {
  const network = localAccount(store, 'ada', now);
  const id = await posted({ network, now });

  await assert.rejects(
    takeBack(store, id, { network: { ...network, identity: async () => 'local:bob' }, now }),
    /of another account/,
  );
  await store.db.updateTable('attempts').set({ post_id: 'https://example.social/@ada/1' }).execute();
  await assert.rejects(takeBack(store, id, { network, now }), /only its address is known/);
});

test('on Mastodon and on the local timeline a post is put into other words, and keeps its warning and its pictures', async () => {
  await using server = await mastodonServer();
  const network = networkOn(server);
  const options = () => ({ contentWarning: 'Words', language: 'en-GB' });
  const id = await posted({ network, now, options });
  Object.assign(server.posts[0]!.status, { mediaAttachments: [{ id: '7', description: 'A cat' }] });

  const draft = await editPosted(store, id, 'Hope is a loan.', { network, now });

  const { status, source } = server.posts[0]!;
  assert.deepEqual(source, { text: 'Hope is a loan.', spoilerText: 'Words' });
  assert.deepEqual([status.language, status.mediaAttachments.length, server.posts.length], ['en', 1, 1]);
  assert.deepEqual([draft.status, draft.text], ['published', 'Hope is a loan.']);
  const local = localAccount(store, 'ada', now);
  const other = await posted({ network: local, now }, 'Local words.');
  await editPosted(store, other, 'Local, and better.', { network: local, now });
  assert.equal((await store.db.selectFrom('timeline').select('text').executeTakeFirst())?.text, 'Local, and better.');
});

test('X and Bluesky edit nothing, and say what to do instead', async (t) => {
  await using x = await startXServer();
  const bluesky = await startBluesky(t);
  for (const network of [xNetwork(xAccount(x.url).account), blueskyAccount(bluesky).network]) {
    const id = await posted({ network, now }, `On ${network.name}.`);

    await assert.rejects(
      editPosted(store, id, 'Other words.', { network, now }),
      (error: Error & { hint?: string }) => {
        assert.match(error.message, /lets no program put a post into other words/);
        assert.match(error.hint ?? '', /queue undo \d+, then eidolon queue edit/);
        return true;
      },
    );
  }
});
