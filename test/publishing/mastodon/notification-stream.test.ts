import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorldError } from '../../../src/errors.ts';
import {
  notificationStream,
  type Ring,
  type StreamOptions,
  streamUrl,
} from '../../../src/publishing/mastodon/notification-stream.ts';
import { AccountError } from '../../../src/publishing/network.ts';
import { type MastodonServer, mastodonServer } from '../servers/mastodon-server.ts';

function listen(server: MastodonServer, more: Partial<StreamOptions> = {}) {
  const stop = new AbortController();
  const waits: number[] = [];
  const lost: WorldError[] = [];
  const rings = notificationStream({
    address: () => server.url.replace('http', 'ws'),
    token: server.token,
    signal: stop.signal,
    wait: async (milliseconds) => void waits.push(milliseconds),
    random: () => 0.5,
    onLost: (error) => void lost.push(error),
    ...more,
  });
  const next = async (): Promise<Ring | undefined> => (await rings.next()).value as Ring | undefined;
  return { rings, next, stop, waits, lost };
}

test('rings when it is connected, and for mentions alone', async () => {
  await using server = await mastodonServer();
  const { next, stop } = listen(server);

  assert.equal(await next(), 'connected');
  server.notifyBroken({ type: 'favourite' });
  server.mention({ acct: 'bob' }, 'Hello');
  assert.equal(await next(), 'mention');
  server.notifyBroken({ type: undefined });
  assert.equal(await next(), 'mention', 'what cannot be read is looked at');

  stop.abort();
  assert.equal(await next(), undefined);
});

test('a thousand mentions at once are a few rings', async () => {
  await using server = await mastodonServer();
  const { next, rings } = listen(server);
  await next();

  for (let number = 0; number < 1000; number++) server.mention({ acct: 'bob' }, `Hello ${number}`);

  assert.equal(await next(), 'mention');
  await rings.return(undefined);
});

test('a stream that ends is connected again, and says so, for what was missed', async () => {
  await using server = await mastodonServer();
  const { next, stop, lost, waits } = listen(server);
  await next();

  server.dropStreams();
  assert.equal(await next(), 'connected');

  assert.equal(lost.length, 1);
  assert.deepEqual(waits, [1000]);
  stop.abort();
  await next();
});

test('a stream that is open and silent is dead', async () => {
  await using server = await mastodonServer();
  const { next, stop, lost } = listen(server, { silenceMs: 500 });
  await next();

  server.muteStreams();
  assert.equal(await next(), 'connected');

  assert.match(lost[0]!.message, /fell silent/);
  stop.abort();
  await next();
});

test('a server that is down is asked later each time, at most every few minutes', async () => {
  await using server = await mastodonServer();
  server.fail('GET /api/v1/streaming', ...Array.from({ length: 12 }, () => 'page 502' as const));
  const { next, stop, waits } = listen(server);

  assert.equal(await next(), 'connected');

  assert.deepEqual(waits.slice(0, 3), [1000, 2000, 4000]);
  assert.equal(waits.length, 12);
  assert.equal(Math.max(...waits), 300_000);
  stop.abort();
  await next();
});

for (const fault of ['reset', 'page 200', 'empty 500', 'redirect', 'silence', 'proxy 429'] as const) {
  test(`${fault} instead of a stream is a stream that is lost`, async () => {
    await using server = await mastodonServer();
    server.fail('GET /api/v1/streaming', fault);
    const { next, stop, lost } = listen(server, { silenceMs: 1500 });

    assert.equal(await next(), 'connected');

    assert.ok(lost.length >= 1);
    stop.abort();
    await next();
  });
}

test('a token that is no good ends it', async () => {
  await using server = await mastodonServer();
  server.settings.isRevoked = true;
  const { next } = listen(server);

  await assert.rejects(next(), AccountError);
});

test('a server without streams ends it: there is catching up', async () => {
  await using server = await mastodonServer();
  server.settings.hasStreams = false;
  const { next, waits } = listen(server);

  await assert.rejects(next(), /has no stream of notifications now \(404\)/);
  assert.deepEqual(waits, []);
});

test('who stops listening closes the connection', async () => {
  await using server = await mastodonServer();
  const { next, rings } = listen(server);
  await next();
  const [stream] = server.streams;
  const closed = new Promise((resolve) => stream!.once('close', resolve));

  await rings.return(undefined);

  await closed;
});

test('the token goes to encrypted streams alone, or to this machine', () => {
  assert.equal(
    streamUrl('wss://streaming.example').href,
    'https://streaming.example/api/v1/streaming/user/notification',
  );
  assert.equal(streamUrl('ws://127.0.0.1:80').protocol, 'http:');
  assert.throws(() => streamUrl('ws://streaming.example'), /not encrypted/);
});
