/** Listening through the real clients, to servers that misbehave. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catchUp, type Hearing } from '../../src/listening/catch-up.ts';
import { settingsSchema } from '../../src/persona/settings.ts';
import type { Network } from '../../src/publishing/network.ts';
import { xNetwork } from '../../src/publishing/x/x.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { blueskyAccount } from '../publishing/bluesky/bluesky-account.ts';
import { networkOn } from '../publishing/mastodon/mastodon-account.ts';
import { startBluesky } from '../publishing/servers/bluesky-server.ts';
import { mastodonServer } from '../publishing/servers/mastodon-server.ts';
import { BOB, startXServer } from '../publishing/servers/x-server.ts';
import { xAccount } from '../publishing/x/x-account.ts';
import { mentionsIn } from './said.ts';

const { schedule } = settingsSchema.parse({ name: 'ada', model: 'toy' });

async function hear(store: Store, network: Network) {
  const hearing: Hearing = {
    store,
    network,
    persona: { name: 'ada', schedule },
    account: await network.identity(),
    now: () => new Date(),
  };
  return catchUp(hearing);
}

test('on Mastodon broken notifications, bots and markup that wants to run break nothing', async () => {
  await using server = await mastodonServer();
  const store = openStore(':memory:');
  const network = networkOn(server);
  server.settings.shuffles = true;
  server.notifyBroken({ type: 'mention' });
  server.notifyBroken({ type: 'mention', status: { id: '5', account: null } });
  server.notifyBroken({ status: 'gone' });
  server.mention({ acct: 'bob' }, '@ada <script>alert("x")</script> & <b>you</b>\u202e\u200b?');
  server.mention({ acct: 'beep', bot: true }, '@ada Beep');
  server.mention(
    {
      acct: 'eve',
      note: '<p>Painter. <a href="https://example.social/tags/nobot" class="mention hashtag" rel="tag">#<span>nobot</span></a></p>',
    },
    '@ada Hi',
  );

  const heard = await hear(store, network);
  await hear(store, network);

  assert.deepEqual([heard.mentions, heard.waiting], [3, 1]);
  assert.deepEqual((await mentionsIn(store)).map(([name, status]) => [String(name).split('@')[1], status]).toSorted(), [
    ['beep', 'passed over'],
    ['bob', 'waiting'],
    ['eve', 'passed over'],
  ]);
  const { text } = await store.db
    .selectFrom('mentions')
    .select('text')
    .where('status', '=', 'waiting')
    .executeTakeFirstOrThrow();
  assert.ok(text?.includes('<script>alert("x")</script> & <b>you</b>')); // as it was written: a text, and never markup
});

test('on Mastodon what came while the server failed is caught up with, in order and once', async () => {
  await using server = await mastodonServer();
  const store = openStore(':memory:');
  const network = networkOn(server);
  server.mention({ acct: 'bob' }, '@ada One?');
  await hear(store, network);
  for (const acct of ['eve', 'kim']) server.mention({ acct }, '@ada Hello?');

  server.fail('GET /api/v1/notifications', 'page 502', 'empty 500', 'page 200');
  for (let fault = 0; fault < 3; fault++) await assert.rejects(hear(store, network));
  const heard = await hear(store, network);

  assert.equal(heard.waiting, 2);
  assert.equal((await mentionsIn(store)).length, 3);
});

test('on Mastodon who is blocked or muted, or has blocked it, is left alone, however their mention came', async () => {
  await using server = await mastodonServer();
  const network = networkOn(server);
  const heardOf = [
    { blocking: true },
    { blockedBy: true },
    { muting: true },
    { domainBlocking: true },
    { following: true },
  ];
  for (const [index, relationship] of heardOf.entries()) {
    server.mention({ acct: `person${index}@example.social` }, '@ada Hello?', { relationship });
  }

  const heard = await hear(openStore(':memory:'), network);

  assert.deepEqual([heard.waiting, heard.passedOver], [1, { 'its author is blocked or muted': 4 }]);
});

test('on Mastodon who was blocked after their mention was heard is not answered: it is asked again with the thread', async () => {
  await using server = await mastodonServer();
  const network = networkOn(server);
  server.mention({ acct: 'bob' }, '@ada Hello?');
  const [mention] = await Array.fromAsync(network.mentions(null));
  server.mention({ acct: 'bob' }, '@ada Well?', { relationship: { blocking: true } });

  const [post] = await network.thread(mention!.post.id);

  assert.deepEqual([mention!.post.author.isBlocked, post!.author.isBlocked], [false, true]);
});

test('on X who is blocked or muted is left alone', async () => {
  await using server = await startXServer();
  const network = xNetwork(xAccount(server.url).account);
  for (const [index, status] of (['blocking', 'muting', 'followed_by'] as const).entries()) {
    server.add(
      server.join({ id: `30${index}`, name: 'Kim', username: `kim${index}`, connection_status: [status] }),
      '@ada Hello?',
    );
  }

  const heard = await hear(openStore(':memory:'), network);

  assert.deepEqual([heard.waiting, heard.passedOver], [1, { 'its author is blocked or muted': 2 }]);
});

test('on X mentions go on from where they were, and who wants no bots is left alone', async () => {
  await using server = await startXServer();
  const store = openStore(':memory:');
  const network = xNetwork(xAccount(server.url).account);
  server.add(BOB, 'What says @ada?');

  await hear(store, network);
  server.add(BOB, '@ada And now?');
  server.misbehaveOn('GET /2/users', 'html 502');
  await assert.rejects(hear(store, network));
  const heard = await hear(store, network);

  assert.deepEqual(heard.passedOver, { 'its author wants no answers from bots': 1 });
  assert.equal((await mentionsIn(store)).length, 2);
});

test('on Bluesky who is muted or blocked is left alone, and odd notifications are counted and break nothing', async (t) => {
  const server = await startBluesky(t);
  const store = openStore(':memory:');
  const { network } = blueskyAccount(server);
  const notification = (id: string, viewer: object) => ({
    uri: `at://did:plc:${id}/app.bsky.feed.post/${id}`,
    cid: 'bafyreigaknpexyvxt76zgkitavbwx6ejgfheup5oybpm77f3pxzrvwpfdi',
    author: { did: `did:plc:${id.padEnd(24, 'a')}`, handle: `${id}.test`, viewer },
    reason: 'mention',
    record: { $type: 'app.bsky.feed.post', text: '@ada.test hello?', createdAt: new Date().toISOString() },
    isRead: false,
    indexedAt: new Date().toISOString(),
  });
  server.notifications = [
    notification('bob', { muted: false, blockedBy: false }),
    notification('eve', { muted: true }),
    notification('kim', { blockedBy: true }),
    { ...notification('lou', {}), record: 7, author: {} },
  ];

  const heard = await hear(store, network);

  assert.deepEqual(
    [heard.mentions, heard.waiting, heard.passedOver, heard.unreadable],
    [3, 1, { 'its author is blocked or muted': 2 }, 1],
  );
});
