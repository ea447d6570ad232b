import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { AccountError, type Mention, Refusal } from '../../../src/publishing/network.ts';
import { type BlueskyServer, HANDLE, ME, startBluesky } from '../servers/bluesky-server.ts';
import { blueskyAccount, post } from './bluesky-account.ts';

const BOB = 'did:plc:bobbobbobbobbobbobbobbob';
const CAROL = 'did:plc:carolcarolcarolcarolcaro';

function addPeople({ people }: BlueskyServer): void {
  people.set(BOB, { did: BOB, handle: 'bob.test', displayName: 'Bob', description: 'Gardener. #nobot please' });
  const label = {
    src: CAROL,
    uri: `at://${CAROL}/app.bsky.actor.profile/self`,
    val: 'bot',
    cts: '2026-01-01T00:00:00.000Z',
  };
  people.set(CAROL, { did: CAROL, handle: 'carol.test', labels: [label] });
}

/** Posts of others, each an answer to the one before. */
function addThread(server: BlueskyServer, authors: readonly string[]): string[] {
  const uris: string[] = [];
  for (const [index, author] of authors.entries()) {
    const uri = `at://${author}/app.bsky.feed.post/${index}`;
    const [root, parent] = [uris[0], uris.at(-1)].map((one) => one && { uri: one, cid: CID });
    const record = {
      $type: 'app.bsky.feed.post',
      text: `post ${index}`,
      createdAt: `2026-11-23T10:0${index}:00.000Z`,
      ...(parent && { reply: { root, parent } }),
    };
    server.others.set(uri, { author, record });
    uris.push(uri);
  }
  return uris;
}
const CID = 'bafyreigaknpexyvxt76zgkitavbwx6ejgfheup5oybpm77f3pxzrvwpfdi';

function mention(index: number, more: object = {}): object {
  const at = new Date(Date.parse('2026-11-23T10:00:00.000Z') + index * 60_000).toISOString();
  return {
    uri: `at://${BOB}/app.bsky.feed.post/m${index}`,
    cid: CID,
    author: { did: BOB, handle: 'bob.test', description: 'I write' },
    reason: 'mention',
    record: { $type: 'app.bsky.feed.post', text: `hello ${index}`, createdAt: at, langs: ['en'] },
    isRead: false,
    indexedAt: at,
    ...more,
  };
}

const texts = (mentions: readonly Mention[]) => mentions.map((one) => one.post.text);

test('a post stands under its page, with its language', async (t) => {
  const server = await startBluesky(t);
  const { network, told } = blueskyAccount(server);

  const published = await network.publish(post('Hello there.'));

  const [record] = server.posts();
  assert.equal(record?.text, 'Hello there.');
  assert.deepEqual(record?.langs, ['en']);
  assert.match(published.id, new RegExp(`^at://${ME}/app.bsky.feed.post/[23][a-z2-7]{12}$`));
  assert.equal(published.url, `https://bsky.app/profile/${HANDLE}/post/${published.id.split('/').at(-1)}`);
  assert.deepEqual(told, [{ kind: 'post' }]);
});

test('links, mentions and hashtags are marked by their bytes, and only those that are allowed', async (t) => {
  const server = await startBluesky(t);
  addPeople(server);
  const allow = { mentions: ['@bob.test', '@nobody.test'], links: ['example.org'], hashtags: ['#wörd'] };
  const { network } = blueskyAccount(server, { allow });

  await network.publish(
    post('é 🙂 @bob.test @carol.test @nobody.test (https://example.org/a). example.org/b, https://evil.org #wörd! #no'),
  );

  const [record] = server.posts();
  const bytes = Buffer.from(record?.text as string);
  const facets = record?.facets as { index: { byteStart: number; byteEnd: number }; features: object[] }[];
  assert.deepEqual(
    facets.map(({ index, features }) => [bytes.toString('utf8', index.byteStart, index.byteEnd), features[0]]),
    [
      ['@bob.test', { $type: 'app.bsky.richtext.facet#mention', did: BOB }],
      ['https://example.org/a', { $type: 'app.bsky.richtext.facet#link', uri: 'https://example.org/a' }],
      ['example.org/b', { $type: 'app.bsky.richtext.facet#link', uri: 'https://example.org/b' }],
      ['#wörd', { $type: 'app.bsky.richtext.facet#tag', tag: 'wörd' }],
    ],
  );
});

test('length is that of grapheme clusters, or of the bytes where these are more than the server takes', async (t) => {
  const { network } = blueskyAccount(await startBluesky(t));

  assert.equal(network.length.max, 300);
  assert.equal(network.length.count('👩‍👩‍👧é'), 2);
  assert.equal(network.length.count(`a${'\u0301'.repeat(2000)}`), 401);
});

for (const [what, outgoing] of [
  ['301 characters', post('a'.repeat(301))],
  ['only spaces', post(' \n ')],
  ['a post for followers alone', post('a', { options: { visibility: 'followers' } })],
  ['a warning that Bluesky does not have', post('a', { options: { contentWarning: 'spiders' } })],
  ['a picture that is not there', post('a', { options: { media: [{ file: '/nowhere/a.png', alt: 'A' }] } })],
  ['five pictures', post('a', { options: { media: Array(5).fill({ file: 'a.png', alt: 'A' }) } })],
  ['an answer to what is no post', post('a', { inReplyTo: 'https://example.org/1' })],
  ['an answer to a post that is gone', post('a', { inReplyTo: `at://${BOB}/app.bsky.feed.post/gone` })],
] as const) {
  test(`${what}: refused, and nothing is sent`, async (t) => {
    const server = await startBluesky(t);
    const { network } = blueskyAccount(server);

    await assert.rejects(network.publish(outgoing), (error) => error instanceof Refusal && !error.retryable);

    assert.equal(server.asked.filter(({ method }) => method.endsWith('createRecord')).length, 0);
  });
}

test('an answer names what it answers and where the conversation began, by URI or by page', async (t) => {
  const server = await startBluesky(t);
  addPeople(server);
  const [root, parent] = addThread(server, [BOB, CAROL]);
  const { network } = blueskyAccount(server);

  await network.publish(post('a', { inReplyTo: parent! }));
  await network.publish(post('b', { inReplyTo: 'https://bsky.app/profile/bob.test/post/0' }));

  const replies = server
    .posts()
    .map(({ reply }) => reply as { root: { uri: string }; parent: { uri: string; cid: string } });
  assert.deepEqual(
    replies.map((one) => [one.root.uri, one.parent.uri]),
    [
      [root, parent],
      [root, root],
    ],
  );
  assert.match(replies[0]!.parent.cid, /^bafy/);
});

test('pictures go with their descriptions, a warning as a label, and who may reply before the post is there', async (t) => {
  const server = await startBluesky(t);
  const { network } = blueskyAccount(server);
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'bluesky-')), 'a.png');
  writeFileSync(file, Buffer.from('89504e470d0a1a0a00', 'hex'));

  await network.publish(
    post('a', {
      options: { media: [{ file, alt: 'A dot' }], contentWarning: 'graphic-media', replySettings: 'mentioned' },
    }),
  );

  const [record] = server.posts();
  assert.deepEqual(record?.labels, { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: 'graphic-media' }] });
  const { images } = record!.embed as { images: { alt: string; image: { mimeType: string; size: number } }[] };
  assert.deepEqual(
    images.map(({ alt, image }) => [alt, image.mimeType, image.size]),
    [['A dot', 'image/png', 9]],
  );
  const [gate, kept] = [...server.records.keys()];
  assert.equal(gate?.replace('threadgate', 'post'), kept);
});

test('a picture of more than 2 MB and one that is none are refused', async (t) => {
  const { network } = blueskyAccount(await startBluesky(t));
  const folder = mkdtempSync(path.join(tmpdir(), 'bluesky-'));
  writeFileSync(path.join(folder, 'large.png'), Buffer.alloc(2_000_001));
  writeFileSync(path.join(folder, 'text.png'), 'no picture');
  const media = (name: string) => ({ options: { media: [{ file: path.join(folder, name), alt: '' }] } });

  await assert.rejects(network.publish(post('a', media('large.png'))), /at most 2000000 bytes, found 2000001/);
  await assert.rejects(network.publish(post('a', media('text.png'))), /expected a PNG, JPEG, WebP or GIF/);
});

test('verify tells whether the account is labelled as a bot and says what it is', async (t) => {
  const server = await startBluesky(t);
  const { network } = blueskyAccount(server);
  const bare = await network.verify();
  const labels = { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: 'bot' }] };
  const description = 'A bot by @carol.test: its posts are generated.';
  server.records.set('app.bsky.actor.profile/self', {
    cid: CID,
    value: { $type: 'app.bsky.actor.profile', description, labels },
  });

  const facts = await network.verify();

  assert.deepEqual([bare.isBot, bare.discloses], [false, false]);
  assert.deepEqual([facts.isBot, facts.discloses, facts.name, facts.id], [true, true, '@ada.test', ME]);
});

test('a wrong password, a revoked one and a suspended account stop the account, in one line without the password', async (t) => {
  const server = await startBluesky(t);
  const wrong = blueskyAccount(server, { password: 'wrong-wrong-wrong' });
  await assert.rejects(
    wrong.network.verify(),
    (error) => error instanceof AccountError && !error.message.includes('wrong-'),
  );

  const { network } = blueskyAccount(server);
  await network.verify();
  server.status = 'takendown';

  await assert.rejects(
    network.publish(post('a')),
    (error) => error instanceof AccountError && /AccountTakedown/.test(error.message),
  );
});

test('one session does for all that an account asks in a process, and is renewed before it ends', async (t) => {
  const server = await startBluesky(t);
  server.tokenSeconds = 3600;
  let now = Date.now();
  const clock = () => new Date(now);
  const count = (name: string) => server.asked.filter(({ method }) => method.endsWith(name)).length;

  await blueskyAccount(server, { now: clock }).network.publish(post('a'));
  await blueskyAccount(server, { now: clock }).network.publish(post('b'));
  assert.deepEqual([count('createSession'), count('refreshSession')], [1, 0]);

  now += 3570_000;
  server.tokenSeconds = 7200;
  await blueskyAccount(server, { now: clock }).network.publish(post('c'));
  assert.deepEqual([count('createSession'), count('refreshSession')], [1, 1]);
});

test('where the clocks differ, a fresh token that looks old is used all the same, and a limit ends by the clock of who set it', async (t) => {
  const server = await startBluesky(t);
  server.skewMs = -3 * 3_600_000;
  const { network } = blueskyAccount(server);

  for (let time = 0; time < 5; time++) await network.verify();
  server.remaining = { points: 0, reset: Math.ceil((server.now() + server.skewMs) / 1000) + 120 };
  await network.publish(post('a'));
  const refusal = (await network.publish(post('b')).catch((error: unknown) => error)) as Refusal;

  const asked = server.asked.map(({ method }) => method.split('.').at(-1));
  assert.deepEqual(
    ['createSession', 'refreshSession'].map((one) => asked.filter((method) => method === one).length),
    [1, 1],
  );
  assert.ok(refusal.retryAfterMs! > 110_000 && refusal.retryAfterMs! <= 122_000, String(refusal.retryAfterMs));
});

test('when no token is good any more, the password makes a new session', async (t) => {
  const server = await startBluesky(t);
  const { network } = blueskyAccount(server);
  await network.publish(post('a'));
  server.revoke();

  await network.publish(post('b'));

  assert.equal(server.posts().length, 2);
});

test('a limit that is reached is kept: nothing more is asked until it ends', async (t) => {
  const server = await startBluesky(t);
  let now = Date.now();
  const { network, told } = blueskyAccount(server, { now: () => new Date(now) });
  await network.verify();
  server.remaining = { points: 2, reset: Math.floor(now / 1000) + 600 };
  await network.publish(post('a'));
  const before = server.asked.length;

  const refusal = await network.publish(post('b')).catch((error: unknown) => error);
  assert.ok(refusal instanceof Refusal && refusal.retryable && refusal.retryAfterMs! > 590_000, String(refusal));
  assert.equal(server.asked.length, before);
  assert.ok(told.some((one) => 'remaining' in one && one.remaining === 0));

  now += 601_000;
  server.remaining = null;
  await network.publish(post('b'));
  assert.equal(server.posts().length, 2);
});

test('a 429 is a refusal for as long as it says', async (t) => {
  const server = await startBluesky(t);
  const { network } = blueskyAccount(server);
  server.misbehave = (method) => (method.endsWith('createRecord') ? '429 with headers' : undefined);

  const refusal = await network.publish(post('a')).catch((error: unknown) => error);

  assert.ok(refusal instanceof Refusal && refusal.retryAfterMs === 120_000);
});

test('mentions come oldest first, each once, also when one appears late, and broken ones are counted and passed over', async (t) => {
  const server = await startBluesky(t);
  addPeople(server);
  const broken = [{ uri: 'nonsense' }, null, mention(8, { record: { text: 7 } }), mention(9, { reason: 'like' })];
  server.notifications = [mention(3), ...broken, mention(1)] as object[];
  const { network } = blueskyAccount(server);

  const unreadable = [0, 0];
  const first = await Array.fromAsync(network.mentions(null, () => void unreadable[0]!++));
  const older = mention(1, { record: null }); // told already, when it was new
  server.notifications = [
    mention(6, { author: {} }),
    mention(5),
    mention(4),
    mention(3),
    mention(2),
    older,
    mention(1),
  ];
  const second = await Array.fromAsync(network.mentions(first.at(-1)!.cursor, () => void unreadable[1]!++));
  const third = await Array.fromAsync(network.mentions(second.at(-1)!.cursor));

  assert.deepEqual(texts(first), ['hello 1', 'hello 3']);
  assert.deepEqual(unreadable, [3, 1]);
  assert.deepEqual(texts(second), ['hello 2', 'hello 4', 'hello 5']);
  assert.deepEqual(texts(third), []);
  assert.deepEqual(first[0]!.post.author.name, '@bob.test');
});

test('after a flood every mention is read, page after page, up to the newest 2000', async (t) => {
  const server = await startBluesky(t);
  const { network } = blueskyAccount(server);
  server.notifications = [mention(0)];
  const [first] = await Array.fromAsync(network.mentions(null));
  server.notifications = Array.from({ length: 3000 }, (_, index) => mention(3000 - index));

  const flood = await Array.fromAsync(network.mentions(first!.cursor));

  assert.equal(flood.length, 2000);
  assert.equal(flood.at(-1)!.post.text, 'hello 3000');
  assert.equal(flood[0]!.post.text, 'hello 1001');
});

test('a thread is told from its beginning, with who is a bot and who wants none', async (t) => {
  const server = await startBluesky(t);
  addPeople(server);
  const uris = addThread(server, [BOB, CAROL, BOB]);
  const { network } = blueskyAccount(server);

  const thread = await network.thread(uris[2]!);

  assert.deepEqual(
    thread.map((one) => one.text),
    ['post 0', 'post 1', 'post 2'],
  );
  assert.deepEqual(
    thread.map(({ author }) => [author.isBot, author.refusesBots]),
    [
      [false, true],
      [true, false],
      [false, true],
    ],
  );
  assert.equal(thread[2]!.inReplyTo, uris[1]);
});

test('a thread begins after a post that is gone, and of a post that is gone there is none', async (t) => {
  const server = await startBluesky(t);
  addPeople(server);
  const uris = addThread(server, [BOB, CAROL, BOB]);
  server.others.delete(uris[0]!);
  const { network } = blueskyAccount(server);

  assert.deepEqual(
    (await network.thread(uris[2]!)).map((one) => one.text),
    ['post 1', 'post 2'],
  );
  assert.deepEqual(await network.thread(uris[0]!), []);
});

test('what became of a post is counted, and removing it twice is no error', async (t) => {
  const server = await startBluesky(t);
  const { network } = blueskyAccount(server);
  const { id } = await network.publish(post('a'));

  const outcome = await network.outcome(id);
  await network.remove(id);
  await network.remove(id);

  assert.deepEqual(outcome, { likes: 3, boosts: 3, replies: 4 });
  assert.equal(server.posts().length, 0);
});
