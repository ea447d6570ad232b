/** Any sequence of faults ends with a post that is there once, or is known not to be there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { mastodon } from 'masto';
import { WorldError } from '../../../src/errors.ts';
import { type Found, Refusal } from '../../../src/publishing/network.ts';
import { FAULTS, type MastodonServer, mastodonServer } from '../servers/mastodon-server.ts';
import { networkOn, outgoing, sent } from './mastodon-account.ts';

/** What waits for a time-out is slow. */
const QUICK = FAULTS.filter((fault) => !fault.includes('silence'));
const MINUTE = 60_000;

const scenario = fc.record({
  sends: fc.array(fc.option(fc.constantFrom(...QUICK), { nil: null, freq: 3 }), { minLength: 1, maxLength: 6 }),
  looks: fc.array(fc.option(fc.constantFrom(...QUICK), { nil: null, freq: 2 }), { maxLength: 6 }),
  /** How long the owner's machine sleeps after each thing. */
  pauses: fc.array(fc.constantFrom(0, 10_000, 70_000, 12 * MINUTE, 80 * MINUTE, 26 * 60 * MINUTE), { maxLength: 12 }),
  skewMs: fc.constantFrom(0, -26 * 60 * MINUTE, 3 * 60 * MINUTE, 45_000),
  failsKnownKeys: fc.boolean(),
  hasSource: fc.boolean(),
  tellsApps: fc.boolean(),
  /** What the account posted in the minute before; `twin`: the same words, by the same app. */
  before: fc.array(fc.constantFrom('other', 'twin', 'by hand'), { maxLength: 3 }),
  /** What its owner posts by hand after each thing. */
  meanwhile: fc.array(fc.constantFrom(null, 'other'), { maxLength: 12 }),
  text: fc.constantFrom(
    'One',
    ' two\n\nlines  and <b>marks</b> & "quotes" ',
    'See https://example.com/a/long/path?with=this&and=that.',
    '@bob@example.social e\u0301 👨‍👩‍👧',
  ),
});

test('whatever goes wrong, a post is there once in the end, and never twice', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ sends, looks, pauses, before, meanwhile, text, ...spoil }) => {
      await using server = await mastodonServer();
      let clock = Date.parse('2026-11-23T12:00:00Z');
      Object.assign(server.settings, spoil, { now: () => clock });
      const byApp = { application: { name: 'Eidolon', website: null } as unknown as mastodon.v1.Application };
      for (const what of before) {
        clock += 15_000;
        server.postByHand(what === 'other' ? 'Something else' : text.trim(), null, what === 'by hand' ? {} : byApp);
      }
      const left = [...pauses];
      const posted = [...meanwhile];
      const pause = (least = 0) => {
        clock += Math.max(left.shift() ?? 0, least);
        if (posted.shift()) server.postByHand('By the way');
      };

      const world = { sends: [...sends], looks: [...looks], pause, now: () => clock };
      const id = await publishUntilSettled(server, text, world);

      const ours = server.posts.filter(({ key }) => key !== undefined);
      assert.deepEqual(
        ours.map(({ status }) => status.id),
        [id],
      );
    }),
    { numRuns: 200 },
  );
});

interface World {
  readonly sends: ((typeof QUICK)[number] | null)[];
  readonly looks: ((typeof QUICK)[number] | null)[];
  readonly pause: (least?: number) => void;
  readonly now: () => number;
}

/** What the daemon does, with a new client each time as after a crash. Returns what it takes for its post. */
async function publishUntilSettled(server: MastodonServer, text: string, world: World): Promise<string | undefined> {
  const { sends, looks, pause, now } = world;
  const cursor = await networkOn(server).newestOwnId();
  const post = outgoing(text);
  const startedAt = now();
  let lastSentAt = startedAt;
  let missedAt: string | null = null;
  let attempts = 0;

  for (let step = 0; step < 100; step++) {
    const fault = sends.shift();
    if (fault) server.fail('POST /api/v1/statuses', fault);
    lastSentAt = now();
    missedAt = null;
    attempts++;
    try {
      return (await networkOn(server).publish(post)).id;
    } catch (error) {
      assert.ok(error instanceof WorldError, String(error));
      pause(error instanceof Refusal ? (error.retryAfterMs ?? MINUTE) : 0);
      // What was sent before this refusal is as uncertain as it was: it is looked for all the same.
      if (error instanceof Refusal && attempts === 1) {
        attempts = 0;
        continue;
      }
    }
    for (;;) {
      const look = looks.shift();
      if (look) server.fail('GET /api/v1/accounts/1/statuses', look);
      const found: Found | undefined = await networkOn(server)
        .find(sent(post, startedAt, { cursor, attempts, lastSentAt: new Date(lastSentAt).toISOString(), missedAt }))
        .catch((error) => void assert.ok(error instanceof WorldError, String(error)));
      if (found?.kind === 'there') return found.id;
      if (found?.kind === 'absent') break;
      assert.ok(found?.kind !== 'cannot tell');
      if (found) missedAt ??= new Date(now()).toISOString();
      pause(found ? found.afterMs : 30_000);
    }
  }
  return undefined;
}
