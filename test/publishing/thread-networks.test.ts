import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepLength, lengthComplaint, threadLimits } from '../../src/publishing/post-length.ts';
import { xNetwork } from '../../src/publishing/x/x.ts';
import { openStore } from '../../src/store/store.ts';
import { blueskyAccount } from './bluesky/bluesky-account.ts';
import { networkOn } from './mastodon/mastodon-account.ts';
import { startBluesky } from './servers/bluesky-server.ts';
import { mastodonServer } from './servers/mastodon-server.ts';
import { startXServer } from './servers/x-server.ts';
import { xAccount } from './x/x-account.ts';

const post = (text: string, inReplyTo: string | null) => ({
  text,
  key: `key of ${text}`,
  inReplyTo,
  isThread: inReplyTo !== null,
  options: {},
});

test('on Mastodon a thread is a row of replies', async () => {
  await using server = await mastodonServer();
  const network = networkOn(server);

  const first = await network.publish(post('one', null));
  await network.publish(post('two', first.id));

  assert.deepEqual(
    server.posts.map(({ status }) => status.inReplyToId),
    [null, first.id],
  );
});

test('on X a post that goes on is no answer to anybody: nothing is read for it, and it costs what a post costs', async () => {
  await using server = await startXServer();
  const { account, spent } = xAccount(server.url);
  const network = xNetwork(account);

  const first = await network.publish(post('one', null));
  await network.publish(post('two', first.id));

  assert.deepEqual(
    server.posts.map(({ referenced_tweets: answered }) => answered?.[0]?.id),
    [undefined, first.id],
  );
  assert.deepEqual(
    spent,
    [1, 1].map((count) => ({ kind: 'post', count, dollars: 0.015 })),
  );
});

test('on Bluesky each post names the one before it and the first, from the repository itself: nobody else may know them yet', async (t) => {
  const server = await startBluesky(t);
  const { network } = blueskyAccount(server);

  const first = await network.publish(post('one', null));
  const second = await network.publish(post('two', first.id));
  await network.publish(post('three', second.id));

  const replies = server.posts().map(({ reply }) => reply as { root: { uri: string }; parent: { uri: string } });
  assert.deepEqual(
    replies.map((reply) => reply && [reply.root.uri, reply.parent.uri]),
    [undefined, [first.id, first.id], [first.id, second.id]],
  );
  assert.ok(!server.asked.some(({ method }) => method === 'app.bsky.feed.getPosts'));
});

test("a text is as long as its network counts it, by the server's own limit once that was asked", async () => {
  await using server = await mastodonServer();
  server.settings.maxCharacters = 50;
  const store = openStore(':memory:');
  const settings = {
    network: 'mastodon',
    server: server.url,
    token: 'T',
    replyVisibility: 'unlisted',
    contentWarning: 'Words',
    budget: {},
  } as const;
  const account = { account: settings, language: 'en' };
  const text = `${'a '.repeat(30)}https://example.org/${'b'.repeat(100)}`; // 60 + 23 + 5

  assert.equal((await lengthComplaint(store, account))(text), undefined);
  const network = networkOn(server);
  await network.verify();
  await keepLength(store, settings, network, new Date());

  assert.equal(
    (await lengthComplaint(store, account))(text),
    '88 characters as mastodon counts, at most 50 are a post',
  );
  const threaded = { ...account, account: { ...settings, threads: 2 } };
  assert.equal((await lengthComplaint(store, threaded))(text), undefined);
  assert.match((await lengthComplaint(store, threaded))(text.repeat(3))!, /and 2 posts are not enough$/);
  assert.equal(
    (await threadLimits(store, { ...account, account: { network: 'local' } })).max,
    Number.POSITIVE_INFINITY,
  );
  await store.close();
});
