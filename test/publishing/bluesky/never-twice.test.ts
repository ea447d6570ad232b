import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WorldError } from '../../../src/errors.ts';
import { type Found, type Network, type OutgoingPost, Refusal } from '../../../src/publishing/network.ts';
import { FAULTS, type Fault, startBluesky } from '../servers/bluesky-server.ts';
import { blueskyAccount, post, sent } from './bluesky-account.ts';

const MINUTE = 60_000;

test('the same key again is refused by the server, and the post is found where it is', async (t) => {
  const server = await startBluesky(t);
  const { network } = blueskyAccount(server);
  const first = await network.publish(post('once'));

  await assert.rejects(
    network.publish(post('once')),
    (error) => error instanceof WorldError && !(error instanceof Refusal),
  );
  const found = await network.find(sent(post('once')));

  assert.deepEqual(found, { kind: 'there', ...first });
  assert.equal(server.posts().length, 1);
});

test('another key is another post, also with the same text', async (t) => {
  const server = await startBluesky(t);
  const { network } = blueskyAccount(server);

  await network.publish(post('again', { key: 'a' }));
  await network.publish(post('again', { key: 'b' }));

  assert.equal(server.posts().length, 2);
});

const CERTAIN = new Set<Fault>(['429 with headers', '429 without headers']);

for (const fault of FAULTS) {
  const isHarmless = fault === 'token expired';
  const meaning = isHarmless
    ? 'is settled by signing in again'
    : CERTAIN.has(fault)
      ? 'is a refusal'
      : 'leaves it uncertain';
  test(`a server that answers a post with «${fault}» ${meaning}`, async (t) => {
    const server = await startBluesky(t);
    const { network } = blueskyAccount(server);
    let isFirst = true;
    server.misbehave = (method) => {
      if (!method.endsWith('createRecord') || !isFirst) return undefined;
      isFirst = false;
      return fault;
    };

    const outcome = await network.publish(post('a')).catch((error: unknown) => error);

    if (isHarmless) assert.equal(server.posts().length, 1);
    else assert.equal(outcome instanceof Refusal, CERTAIN.has(fault), String(outcome));
    if (!isHarmless) assert.ok(outcome instanceof WorldError);
  });
}

test('nobody listening is a refusal: nothing was sent', async (t) => {
  const server = await startBluesky(t);
  const { network } = blueskyAccount({ ...server, url: 'http://127.0.0.1:1' });

  await assert.rejects(network.publish(post('a')), (error) => error instanceof Refusal && error.retryable);
});

test('a server that takes longer than one waits may have posted it', async (t) => {
  const server = await startBluesky(t);
  await blueskyAccount(server).network.verify(); // signed in
  const { network } = blueskyAccount(server, { timeoutMs: 200 });
  server.misbehave = (method) => (method.endsWith('createRecord') ? 'never answers' : undefined);

  const outcome = await network.publish(post('slow')).catch((error: unknown) => error);

  assert.ok(outcome instanceof WorldError && !(outcome instanceof Refusal), String(outcome));
  assert.match(outcome.message, /in time/);
});

test('a post that is not there yet may still come, and is only absent after a minute', async (t) => {
  const server = await startBluesky(t);
  let now = Date.parse('2026-11-23T12:00:10Z');
  const { network } = blueskyAccount(server, { now: () => new Date(now) });

  const early = await network.find(sent(post('a')));
  now += MINUTE;
  const later = await network.find(sent(post('a')));
  const last = await network.find(sent(post('a'), { attempts: 3 }));

  assert.deepEqual(early, { kind: 'look again', afterMs: 50_000 });
  assert.deepEqual(later, { kind: 'absent' });
  assert.equal(last.kind, 'cannot tell');
});

/** What the queue does with a draft: a refused one is sent under a new key; one in doubt is looked for and sent under its own, also where that is refused. */
async function untilSettled(
  network: Network,
  text: string,
  clock: { waitMs(ms: number): void; now(): Date },
): Promise<boolean> {
  for (let keys = 0; keys < 8; keys++) {
    const outgoing: OutgoingPost = post(text, { key: `${text} ${keys}` });
    const startedAt = clock.now().toISOString();
    let attempts = 0;
    let lastSentAt = startedAt;
    let isRefused = false;
    while (!isRefused) {
      attempts++;
      lastSentAt = clock.now().toISOString();
      const outcome = await network.publish(outgoing).catch((error: unknown) => error);
      if (!(outcome instanceof Error)) return true;
      if (outcome instanceof Refusal) isRefused = attempts === 1;
      else assert.ok(outcome instanceof WorldError, String(outcome));
      if (isRefused) break;

      let found: Found | undefined;
      while (!found || found.kind === 'look again') {
        const waitMs = found?.kind === 'look again' ? found.afterMs : 10 * MINUTE;
        if (found) clock.waitMs(waitMs);
        found = await network
          .find({ ...outgoing, startedAt, lastSentAt, cursor: null, attempts })
          .catch((error: unknown) => {
            assert.ok(error instanceof WorldError, String(error));
            clock.waitMs(20_000);
            return undefined;
          });
      }
      if (found.kind === 'there') return true;
      if (found.kind === 'cannot tell') return false;
    }
    clock.waitMs(10 * MINUTE);
  }
  return false;
}

test('whatever goes wrong in whatever order, a draft is posted once or not at all, and never said to be posted when it is not', async (t) => {
  const server = await startBluesky(t);
  const faults = fc.array(fc.option(fc.constantFrom(...FAULTS), { nil: undefined }), { maxLength: 12 });
  const skew = fc.constantFrom(0, -26 * 60 * MINUTE, 3 * 60 * MINUTE);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(faults, skew, async (sequence, skewMs) => {
      let now = Date.now();
      Object.assign(server, { skewMs, now: () => now });
      const clock = {
        now: () => new Date(now),
        waitMs(ms: number) {
          now += ms;
          if (ms >= 30_000) server.catchUp(); // no server is busy for longer than a minute
        },
      };
      const { network } = blueskyAccount(server, { now: clock.now });
      const text = `post ${run++}`;
      const rest = [...sequence];
      server.misbehave = () => rest.shift();

      const isPosted = await untilSettled(network, text, clock);
      server.catchUp();

      const count = server.posts().filter((one) => one.text === text).length;
      assert.ok(count <= 1, `posted ${count} times after ${sequence}`);
      assert.ok(isPosted ? count === 1 : true);
    }),
    { numRuns: 150, examples: [[['does it late', undefined, '429 with headers'], 0]] },
  );
});
