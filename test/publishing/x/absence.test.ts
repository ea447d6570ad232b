/** X shows a post late: one look, however long after, does not say that it is not there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { xNetwork } from '../../../src/publishing/x/x.ts';
import { BOB, ME, startXServer } from '../servers/x-server.ts';
import { outgoing, sent, xAccount } from './x-account.ts';

test('after hours without the program a post is called absent only once it was missed for ten minutes', async () => {
  const start = Date.parse('2026-11-23T12:00:00Z');
  let clock = start + 3 * 3_600_000;
  await using server = await startXServer({ now: () => new Date(clock) });
  const network = xNetwork(xAccount(server.url, { now: () => new Date(clock) }).account);
  const look = (missedAt: string | null, attempts = 1) =>
    network.find(sent(outgoing('lost'), { startedAt: new Date(start).toISOString(), attempts, missedAt }));

  assert.deepEqual(await look(null), { kind: 'look again', afterMs: 30_000 });
  const missedAt = new Date(clock).toISOString();
  clock += 120_000;
  assert.deepEqual(await look(missedAt), { kind: 'look again', afterMs: 480_000 });
  assert.deepEqual(await look(missedAt, 2), { kind: 'look again', afterMs: 480_000 });
  clock += 480_000;
  assert.deepEqual(await look(missedAt), { kind: 'absent' });
  assert.equal((await look(missedAt, 2)).kind, 'cannot tell');
});

test('one that X shows only minutes after the program is back is found, and not sent again', async () => {
  let clock = Date.parse('2026-11-23T12:00:00Z');
  await using server = await startXServer({ now: () => new Date(clock), lagMs: 3 * 3_600_000 + 60_000 });
  const network = xNetwork(xAccount(server.url, { now: () => new Date(clock) }).account);
  const startedAt = new Date(clock).toISOString();
  const { id } = server.add(ME, 'lost');
  clock += 3 * 3_600_000;

  assert.equal((await network.find(sent(outgoing('lost'), { startedAt, missedAt: null }))).kind, 'look again');
  const missedAt = new Date(clock).toISOString();
  clock += 120_000;
  const found = await network.find(sent(outgoing('lost'), { startedAt, missedAt }));

  assert.equal(found.kind === 'there' && found.id, id);
});

test('who quotes the account without its name may be answered, and who quotes another may not', async () => {
  await using server = await startXServer();
  const network = xNetwork(xAccount(server.url).account);
  const [own, other] = [server.add(ME, 'Hope is a debt.'), server.add(BOB, 'Rain.')];
  const quote = (id: string) => {
    const post = server.add(BOB, 'Is it?');
    post.referenced_tweets = [{ type: 'quoted', id }];
    return post.id;
  };

  await network.publish(outgoing('It is.', { inReplyTo: quote(own.id) }));
  await assert.rejects(network.publish(outgoing('No.', { inReplyTo: quote(other.id) })), /mention, answer or quote/);

  assert.equal(server.posts.filter(({ author_id: author }) => author === ME.id).length, 2);
});

test('a mention in which something is missing is counted and breaks nothing', async () => {
  await using server = await startXServer();
  const network = xNetwork(xAccount(server.url).account);
  const broken = server.add(BOB, 'What says @ada?');
  const whole = server.add(BOB, 'And what says @ada now?');
  Object.assign(broken, { author_id: undefined });
  let unreadable = 0;

  const mentions = await Array.fromAsync(network.mentions(null, () => void unreadable++));

  assert.deepEqual([mentions.map(({ post }) => post.id), unreadable], [[whole.id], 1]);
});

test('what X says of one endpoint’s limit is kept apart from another’s', async () => {
  await using server = await startXServer();
  const { account, limited } = xAccount(server.url);
  const network = xNetwork(account);
  server.misbehaveOn('GET /2/users/1000/mentions', '429');
  server.misbehaveOn('GET /2/users/1000/tweets', '429');

  await assert.rejects(Array.fromAsync(network.mentions(null)));
  await assert.rejects(network.newestOwnId());

  assert.deepEqual(
    limited.map(({ kind, endpoint }) => [kind, endpoint]),
    [
      ['read', 'GET /2/users/:id/mentions'],
      ['read', 'GET /2/users/:id/tweets'],
    ],
  );
});
