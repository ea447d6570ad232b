import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { WorldError } from '../../../src/errors.ts';
import { AccountError, Refusal } from '../../../src/publishing/network.ts';
import { publishNext } from '../../../src/publishing/publish-next.ts';
import { xNetwork } from '../../../src/publishing/x/x.ts';
import { approve } from '../../../src/review/decide.ts';
import { insertDraft } from '../../queue/prepared-drafts.ts';
import { BOB, type Fault, ME, startXServer } from '../servers/x-server.ts';
import { outgoing, SECRETS, sent, xAccount } from './x-account.ts';

const QUICK = { deadlineMs: 1500 }; // also on a busy machine

const PNG = Buffer.from('\x89PNG\r\n\x1a\nand so on', 'latin1');

const failureOf = async (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => assert.fail('expected a failure'),
    (error) => error,
  );

test('an account is verified, and who runs it learns what X asks and what it costs', async () => {
  await using server = await startXServer();
  const { account, spent } = xAccount(server.url);

  const facts = await xNetwork(account, QUICK).verify();

  assert.deepEqual([facts.id, facts.name, facts.url], ['1000', '@ada', 'https://x.com/ada']);
  assert.equal(facts.isBot, null);
  assert.ok(facts.discloses);
  assert.match(
    facts.rules.join('\n'),
    /approved.*\n.*«Automated».*\n[\s\S]*\$0\.015, with a link \$0\.200, a reply \$0\.010/,
  );
  assert.deepEqual(spent, [{ kind: 'read', count: 1, dollars: 0.01 }]);
});

test('a profile discloses by the same words as on the other networks', async () => {
  await using server = await startXServer();
  const network = xNetwork(xAccount(server.url).account, QUICK);
  const told = async (description: string) => {
    server.settings.description = description;
    return (await network.verify()).discloses;
  };

  assert.equal(await told("J'ai un chat, et j'ai faim"), false);
  assert.equal(await told('Textes générés, relus par @bob'), true);
  assert.equal(await told('Written by an AI'), true);
});

test('a post is published, found again by its text, and removed; what it cost is told', async () => {
  await using server = await startXServer();
  const { account, spent } = xAccount(server.url);
  const network = xNetwork(account, QUICK);
  const post = outgoing('Rain & <sun> https://example.org/a?b=1&c=2 again');

  const cursor = await network.newestOwnId();
  const { id, url } = await network.publish(post);
  const found = await network.find(sent(post, { cursor }));
  await network.remove(id);
  await network.remove(id);

  assert.equal(cursor, null);
  assert.deepEqual(found, { kind: 'there', id, url });
  assert.equal(server.posts.length, 0);
  assert.deepEqual(spent[0], { kind: 'post', count: 1, dollars: 0.2 });
});

test('the cursor is the newest own post, and older ones are not looked at', async () => {
  await using server = await startXServer();
  const { account } = xAccount(server.url);
  const network = xNetwork(account, QUICK);
  server.add(ME, 'again and again');
  const newest = server.add(ME, 'newest');

  assert.equal(await network.newestOwnId(), newest.id);
  const found = await network.find(sent(outgoing('again and again'), { cursor: newest.id }));

  assert.equal(found.kind, 'look again');
});

const CERTAIN: readonly Fault[] = ['429', '429 bare', '429 day', '401', '402', 'suspended', 'echo'];
for (const fault of CERTAIN) {
  test(`«${fault}» is a refusal: the post is certainly not there`, async () => {
    await using server = await startXServer();
    server.misbehaveOn('POST /2/tweets', fault);

    const failure = await failureOf(xNetwork(xAccount(server.url).account, QUICK).publish(outgoing('hello')));

    assert.ok(failure instanceof Refusal, inspect(failure));
    assert.equal(failure instanceof AccountError, ['401', '402', 'suspended'].includes(fault));
    assert.equal(failure.retryable, fault.startsWith('429'));
    assert.equal(server.posts.length, 0);
  });
}

const UNKNOWN: readonly Fault[] = [
  'reset',
  'html 200',
  'html 403',
  'html 502',
  '503',
  'done, lost',
  'done, cut',
  'done, late',
  'done, html 502',
  'done, empty 500',
  'done, empty 201',
];
for (const fault of UNKNOWN) {
  test(`after «${fault}» nobody knows, and nothing is sent again by itself`, async () => {
    await using server = await startXServer();
    server.misbehaveOn('POST /2/tweets', fault);
    const network = xNetwork(xAccount(server.url).account, QUICK);

    const failure = await failureOf(network.publish(outgoing('hello')));

    assert.ok(failure instanceof WorldError && !(failure instanceof Refusal), inspect(failure));
    assert.equal(server.requests.length, 1);
    const { kind } = await network.find(sent(outgoing('hello')));
    assert.equal(kind, fault.startsWith('done') ? 'there' : 'look again');
  });
}

test('a server that nobody runs was certainly not asked', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => closed.once('listening', listening));
  const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
  await new Promise((done) => closed.close(done));

  const failure = await failureOf(xNetwork(xAccount(url).account, QUICK).publish(outgoing('hello')));

  assert.ok(failure instanceof Refusal && failure.retryable);
});

test('limits of 15 minutes and of a day are waited for, and told', async () => {
  await using server = await startXServer();
  const now = new Date('2026-11-23T12:00:00Z');
  const { account, limited } = xAccount(server.url, { now: () => now });
  const network = xNetwork(account, QUICK);
  const waitAfter = async (fault: Fault) => {
    server.misbehaveOn('POST /2/tweets', fault);
    const failure = await failureOf(network.publish(outgoing('hello')));
    return Math.round(((failure as Refusal).retryAfterMs ?? 0) / 60_000);
  };
  await using timed = await startXServer({ now: () => now });
  const other = xNetwork(xAccount(timed.url, { now: () => now }).account, QUICK);
  timed.misbehaveOn('POST /2/tweets', '429 day');
  const day = (await failureOf(other.publish(outgoing('hello')))) as Refusal;

  assert.equal(await waitAfter('429 bare'), 15);
  assert.equal(Math.round((day.retryAfterMs ?? 0) / 60_000), 610);
  await waitAfter('429');
  assert.equal(limited.at(-1)?.kind, 'post');
  assert.equal(limited.at(-1)?.remaining, 0);
});

test('a duplicate is evidence: the post is looked for, not written anew', async () => {
  await using server = await startXServer();
  const network = xNetwork(xAccount(server.url).account, QUICK);
  const post = outgoing('once only');
  server.misbehaveOn('POST /2/tweets', 'done, lost');
  await failureOf(network.publish(post));

  const failure = await failureOf(network.publish(post));
  const found = await network.find(sent(post, { attempts: 2 }));

  assert.ok(failure instanceof WorldError && !(failure instanceof Refusal));
  assert.match(failure.message, /duplicate/);
  assert.equal(found.kind, 'there');
  assert.equal(server.posts.length, 1);
});

test('a duplicate is no outage: the draft is looked for, and nobody else has to wait', async () => {
  await using server = await startXServer();
  const { account } = xAccount(server.url);
  const { store } = account;
  const now = () => new Date();
  server.add(ME, 'once only');
  const draftId = await insertDraft(store, ['once only']);
  await approve(store, { draftId, now: now(), undoMs: 0 });

  const outcome = await publishNext(store, { persona: 'ada', network: xNetwork(account, QUICK), now });

  assert.equal(outcome?.kind, 'uncertain');
  assert.deepEqual(await store.db.selectFrom('servers').selectAll().execute(), []);
});

test('it is looked for after 30 s, 2 min and 10 min, may be sent once more, and is then held', async () => {
  await using server = await startXServer();
  const start = Date.parse('2026-11-23T12:00:00Z');
  let clock = start;
  const network = xNetwork(xAccount(server.url, { now: () => new Date(clock) }).account, QUICK);
  const at = async (seconds: number, attempts: number) => {
    clock = start + seconds * 1000;
    return network.find(sent(outgoing('lost'), { startedAt: new Date(start).toISOString(), attempts }));
  };

  assert.deepEqual(await at(0, 1), { kind: 'look again', afterMs: 30_000 });
  assert.deepEqual(await at(30, 1), { kind: 'look again', afterMs: 90_000 });
  assert.deepEqual(await at(120, 1), { kind: 'look again', afterMs: 480_000 });
  assert.deepEqual(await at(600, 1), { kind: 'absent' });
  assert.equal((await at(601, 2)).kind, 'look again');
  assert.equal((await at(1200, 2)).kind, 'cannot tell');
});

test('an expired token is renewed once for all who ask at once, and its refresh token is kept before it is used', async () => {
  await using server = await startXServer();
  const { account, kept } = xAccount(server.url, { auth: 'pkce' });
  const order: string[] = [];
  const { set } = account.secrets;
  const secrets = {
    ...account.secrets,
    set(name: string, value: string) {
      order.push(name);
      set(name, value);
    },
  };
  const network = xNetwork({ ...account, secrets }, QUICK);
  server.expireToken();

  await Promise.all([network.verify(), network.publish(outgoing('hello')), network.newestOwnId()]);

  assert.deepEqual(order, ['REFRESH', 'TOKEN']);
  assert.deepEqual([kept.get('TOKEN'), kept.get('REFRESH')], ['access-1', 'refresh-1']);
  assert.equal(server.requests.filter(({ path }) => path === '/2/oauth2/token').length, 1);
  assert.equal(server.posts.length, 1);
});

test('a token that another process has renewed is taken from .env, and its refresh token is not spent again', async () => {
  await using server = await startXServer({ tokens: { access: 'access-9', refresh: 'refresh-9' } });
  const { account, kept } = xAccount(server.url, { auth: 'pkce' });
  const home = path.join(account.persona.folder, '..', '..');
  writeFileSync(path.join(home, '.env'), "TOKEN='access-9'\nREFRESH='refresh-9'\n");

  await xNetwork(account, QUICK).publish(outgoing('hello'));

  assert.deepEqual([kept.get('TOKEN'), kept.get('REFRESH')], ['access-9', 'refresh-9']);
  assert.ok(server.requests.every((request) => request.path === '/2/tweets'));
});

test('an outage while a token is renewed is waited out; a token that X no longer renews pauses the account', async () => {
  await using server = await startXServer();
  const { account, kept } = xAccount(server.url, { auth: 'pkce' });
  const network = xNetwork(account, QUICK);
  server.expireToken();
  server.misbehaveOn('POST /2/oauth2/token', '503');

  const outage = await failureOf(network.publish(outgoing('hello')));
  const { id } = await network.publish(outgoing('hello'));
  server.expireToken();
  kept.set('REFRESH', 'revoked');
  const revoked = await failureOf(network.publish(outgoing('second')));

  assert.ok(outage instanceof Refusal && outage.retryable);
  assert.equal(server.posts[0]?.id, id);
  assert.ok(revoked instanceof AccountError);
});

test('a reply goes to those who spoke to the account, and to nobody else', async () => {
  await using server = await startXServer();
  const { account } = xAccount(server.url);
  const network = xNetwork(account, QUICK);
  const spoken = server.add(BOB, '@ada what of the rain?');
  const unspoken = server.add(BOB, 'what of the snow?');
  const reply = outgoing('It falls.', { inReplyTo: spoken.id, options: { replySettings: 'following' } });

  const { id } = await network.publish(reply);
  const refused = await failureOf(network.publish(outgoing('It melts.', { inReplyTo: unspoken.id })));
  const found = await network.find(sent(reply));

  const body = JSON.parse(server.requests.find(({ path }) => path === '/2/tweets')!.body);
  assert.deepEqual(body, { text: 'It falls.', reply: { in_reply_to_tweet_id: spoken.id } });
  assert.ok(refused instanceof Refusal && !refused.retryable);
  assert.equal(found.kind === 'there' && found.id, id);
});

test('pictures are uploaded with what they show, and are not said to be generated', async () => {
  await using server = await startXServer();
  const network = xNetwork(xAccount(server.url).account, QUICK);
  const file = path.join(tmpdir(), `x-${process.pid}.png`);
  writeFileSync(file, PNG);

  await network.publish(
    outgoing('See', { options: { media: [{ file, alt: 'Rain on a roof' }], replySettings: 'mentioned' } }),
  );
  await network.publish(outgoing('Read'));

  const [withPicture, without] = server.requests
    .filter(({ path }) => path === '/2/tweets')
    .map(({ body }) => JSON.parse(body));
  assert.ok(!('made_with_ai' in withPicture)); // the pictures are the owner's own
  assert.equal(withPicture.reply_settings, 'mentionedUsers');
  assert.equal(server.descriptions.get(withPicture.media.media_ids[0]), 'Rain on a roof');
  assert.deepEqual(without, { text: 'Read' });
});

test('a picture that could not be uploaded leaves nothing in doubt', async () => {
  await using server = await startXServer();
  const network = xNetwork(xAccount(server.url).account, QUICK);
  const file = path.join(tmpdir(), `x-${process.pid}-2.png`);
  writeFileSync(file, PNG);
  server.misbehaveOn('POST /2/media/upload', 'done, lost');

  const failure = await failureOf(network.publish(outgoing('See', { options: { media: [{ file, alt: '' }] } })));

  assert.ok(failure instanceof Refusal && failure.retryable);
  assert.equal(server.posts.length, 0);
});

test('a picture that is missing, or is none, is refused for good; its bytes say of what kind it is', async () => {
  await using server = await startXServer();
  const network = xNetwork(xAccount(server.url).account, QUICK);
  const folder = mkdtempSync(path.join(tmpdir(), 'x-pictures-'));
  const show = (name: string) =>
    network.publish(outgoing(`See ${name}`, { options: { media: [{ file: path.join(folder, name), alt: '' }] } }));
  writeFileSync(path.join(folder, 'words.png'), 'words');
  writeFileSync(path.join(folder, 'picture.txt'), PNG);

  for (const name of ['missing.png', 'words.png', '.']) {
    const failure = await failureOf(show(name));
    assert.ok(failure instanceof Refusal && !failure.retryable, inspect(failure));
  }
  assert.equal(server.requests.length, 0);
  await show('picture.txt');

  assert.equal(server.posts.length, 1);
  const begun = server.requests.find(({ path }) => path === '/2/media/upload/initialize');
  assert.equal(JSON.parse(begun!.body).media_type, 'image/png');
});

test('what X would not take is not sent', async () => {
  await using server = await startXServer();
  const network = xNetwork(xAccount(server.url).account, QUICK);

  for (const text of ['a'.repeat(281), '字'.repeat(141), ' \n ', '$AAPL and $GOOG']) {
    const failure = await failureOf(network.publish(outgoing(text)));
    assert.ok(failure instanceof Refusal && !failure.retryable);
  }

  assert.equal(server.requests.length, 0);
});

test('a reply does not reach those who were only named in what it answers', async () => {
  await using server = await startXServer();
  const network = xNetwork(xAccount(server.url).account, QUICK);
  const spoken = server.add(BOB, '@ada @eve @kim what of the rain? @eve says it falls, says @bob');
  const position = { start: 0, end: 0 };
  const [eve, kim] = ['eve', 'kim'].map((username, index) => ({ ...position, username, id: `${3000 + index}` }));
  spoken.entities!.mentions.push(eve!, kim!, eve!);

  await network.publish(outgoing('It falls, @Kim.', { inReplyTo: spoken.id }));

  const { reply } = JSON.parse(server.requests.find(({ path }) => path === '/2/tweets')!.body);
  assert.deepEqual(reply, { in_reply_to_tweet_id: spoken.id, exclude_reply_user_ids: ['3000'] });
});

test('what not everyone may see is not posted: a reply is seen by nobody who does not see what it answers', async () => {
  await using server = await startXServer();
  const network = xNetwork(xAccount(server.url).account, QUICK);
  const guarded = server.add(BOB, '@ada between us?');

  for (const visibility of ['followers', 'direct'] as const) {
    const reply = outgoing('Between us.', { inReplyTo: guarded.id, options: { visibility } });
    const failure = await failureOf(network.publish(reply));
    assert.ok(failure instanceof Refusal && !failure.retryable);
  }

  assert.equal(server.requests.length, 0);
});

test('mentions come oldest first over all pages, from the last one on', async () => {
  await using server = await startXServer();
  const { account, spent } = xAccount(server.url);
  const network = xNetwork(account, QUICK);
  const first = server.add(BOB, '@ada 0');
  for (let index = 1; index <= 250; index++) server.add(BOB, `@ada ${index} &lt;b&gt;`.replace('&lt;b&gt;', '<b>'));

  const mentions = await Array.fromAsync(network.mentions(first.id));

  assert.equal(mentions.length, 250);
  assert.equal(mentions[0]?.post.text, '@ada 1 <b>');
  assert.equal(mentions.at(-1)?.cursor, server.posts.at(-1)?.id);
  assert.deepEqual([mentions[0]?.post.author.name, mentions[0]?.post.author.refusesBots], ['@bob', true]);
  assert.equal(
    spent.reduce((sum, { count = 0 }) => sum + count, 0),
    250,
  );
});

test('a thread is read up to its post, oldest first, and what became of a post', async () => {
  await using server = await startXServer();
  const network = xNetwork(xAccount(server.url).account, QUICK);
  const root = server.add(ME, 'root');
  const answer = server.add(BOB, 'why?', root.id);
  server.add(BOB, 'elsewhere', root.id);
  const last = server.add(BOB, 'tell me', answer.id);

  const thread = await network.thread(last.id);

  assert.deepEqual(
    thread.map(({ id }) => id),
    [root.id, answer.id, last.id],
  );
  assert.deepEqual(
    thread.map(({ isOwn }) => isOwn),
    [true, false, false],
  );
  assert.deepEqual(await network.outcome(root.id), { likes: 3, boosts: 3, replies: 4 });
});

test('no secret is in any error, not even where X repeats it', async () => {
  await using server = await startXServer();
  const errors: unknown[] = [];
  for (const auth of ['keys', 'pkce'] as const) {
    for (const fault of [...CERTAIN, ...UNKNOWN]) {
      server.behave();
      server.misbehaveOn('POST /2/tweets', fault);
      server.misbehaveOn('POST /2/oauth2/token', 'echo');
      errors.push(await failureOf(xNetwork(xAccount(server.url, { auth }).account, QUICK).publish(outgoing('hello'))));
    }
  }

  const said = errors.map((error) => inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).join('\n');

  for (const [name, value] of Object.entries(SECRETS)) {
    if (name !== 'CLIENT') assert.ok(!said.includes(value), `${name} is in an error`);
  }
});
