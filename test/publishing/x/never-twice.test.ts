import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Refusal } from '../../../src/publishing/network.ts';
import { xNetwork } from '../../../src/publishing/x/x.ts';
import { type Fault, startXServer } from '../servers/x-server.ts';
import { outgoing, xAccount } from './x-account.ts';

const FAULTS: readonly (Fault | 'none')[] = [
  'none',
  'reset',
  'html 200',
  'html 403',
  'html 502',
  '429',
  '429 bare',
  '401',
  '503',
  'done, lost',
  'done, cut',
  'done, late',
  'done, html 502',
  'done, empty 500',
  'done, empty 201',
  'reset, done late',
];
const READ_FAULTS: readonly (Fault | 'none')[] = [
  'none',
  'reset',
  'html 200',
  'html 502',
  '429',
  '503',
  'done, cut',
  'done, lost',
];

const story = fc.record({
  posting: fc.array(fc.constantFrom(...FAULTS), { maxLength: 4 }),
  reading: fc.array(fc.constantFrom(...READ_FAULTS), { maxLength: 4 }),
  lagMs: fc.constantFrom(0, 20_000, 500_000),
  skewMs: fc.constantFrom(0, -9 * 60_000, 9 * 60_000),
  shuffles: fc.boolean(),
  repeats: fc.boolean(),
  auth: fc.constantFrom('keys' as const, 'pkce' as const),
});

test('whatever goes wrong, a post is there once, or held, or was certainly not sent: never twice', {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ posting, reading, lagMs, auth, ...whims }) => {
      let clock = Date.parse('2026-11-23T12:00:00Z');
      const now = () => new Date(clock);
      await using server = await startXServer({ now, refusesDuplicates: false, lagMs });
      Object.assign(server.settings, whims);
      for (const fault of posting) if (fault !== 'none') server.misbehaveOn('POST /2/tweets', fault);
      const { account } = xAccount(server.url, { auth, now });
      const network = xNetwork(account, { deadlineMs: 80 });
      for (const fault of reading) if (fault !== 'none') server.misbehaveOn('GET /2/users/1000/tweets', fault);

      const ending = await live(network, now, (ms) => {
        clock += ms;
      });

      assert.ok(server.posts.length <= 1, `${ending}: ${server.posts.length} posts`);
      if (ending === 'published') assert.equal(server.posts.length, 1);
      if (ending === 'refused') assert.equal(server.posts.length, 0);
    }),
    { numRuns: 60 },
  );
});

/** What becomes of one draft: sent, looked for, sent again where that is allowed. */
async function live(
  network: ReturnType<typeof xNetwork>,
  now: () => Date,
  wait: (ms: number) => void,
): Promise<'published' | 'refused' | 'held' | 'open'> {
  const post = outgoing('Rain & sun https://example.org/x');
  let startedAt = now().toISOString();
  let attempts = 0;
  let isOpen = false;
  for (let step = 0; step < 40; step++) {
    try {
      if (!isOpen) {
        if (attempts === 0) startedAt = now().toISOString();
        attempts += 1;
        await network.publish(post);
        return 'published';
      }
      const found = await network.find({ ...post, startedAt, cursor: null, attempts });
      if (found.kind === 'there') return 'published';
      if (found.kind === 'cannot tell') return 'held';
      if (found.kind === 'look again') wait(found.afterMs);
      else isOpen = false;
    } catch (error) {
      if (!isOpen && error instanceof Refusal) {
        if (!error.retryable) return 'refused';
        wait(error.retryAfterMs ?? 60_000);
      } else {
        isOpen = true;
        wait(1000);
      }
    }
  }
  return 'open';
}
