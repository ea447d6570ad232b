/**
 * Whatever servers do to their notifications, each mention is taken in once: through the real clients, from servers that tell
 * them in any order, tell them twice, lose answers, drop streams, and whose clocks are wrong.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WorldError } from '../../src/errors.ts';
import { catchUp } from '../../src/listening/catch-up.ts';
import { settingsSchema } from '../../src/persona/settings.ts';
import { notificationStream } from '../../src/publishing/mastodon/notification-stream.ts';
import type { Network } from '../../src/publishing/network.ts';
import { xNetwork } from '../../src/publishing/x/x.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { blueskyAccount } from '../publishing/bluesky/bluesky-account.ts';
import { networkOn } from '../publishing/mastodon/mastodon-account.ts';
import { type Fault as BlueskyFault, type BlueskyServer, startBluesky } from '../publishing/servers/bluesky-server.ts';
import { type Fault as MastodonFault, mastodonServer } from '../publishing/servers/mastodon-server.ts';
import { BOB, startXServer, type Fault as XFault } from '../publishing/servers/x-server.ts';
import { READ_FAULTS } from '../publishing/soak/faulty-world.ts';
import { xAccount } from '../publishing/x/x-account.ts';

/** A network with somebody on it who speaks to the account. */
interface Town extends AsyncDisposable {
  readonly network: Network;
  speak(text: string): void;
  /** The next time that it is asked for mentions. */
  fail(fault: string): void;
}

interface Whims {
  readonly skewMs: number;
  readonly shuffles: boolean;
  readonly repeats: boolean;
}

const towns: Readonly<Record<keyof typeof READ_FAULTS, (whims: Whims) => Promise<Town>>> = {
  async mastodon(whims) {
    const server = await mastodonServer();
    Object.assign(server.settings, whims);
    return {
      network: networkOn(server),
      speak: (text) => void server.mention({ acct: 'bob' }, text),
      fail: (fault) => server.fail('GET /api/v1/notifications', fault as MastodonFault),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  async x(whims) {
    const server = await startXServer();
    Object.assign(server.settings, whims);
    return {
      network: xNetwork(xAccount(server.url).account),
      speak: (text) => void server.add(BOB, `@ada ${text}`),
      fail: (fault) => server.misbehaveOn('GET /2/users/1000/mentions', fault as XFault),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  async bluesky(whims) {
    const ends: (() => void)[] = [];
    const server = await startBluesky({ after: (end) => void ends.push(end as () => void) });
    Object.assign(server, whims);
    const faults: BlueskyFault[] = [];
    server.misbehave = (method) => (method.endsWith('listNotifications') ? faults.shift() : undefined);
    let spoken = 0;
    return {
      network: blueskyAccount(server).network,
      speak(text) {
        const at = new Date(server.now() + server.skewMs).toISOString();
        server.notifications.unshift(notification(`3k${10_000 + spoken++}`, text, at));
      },
      fail: (fault) => void faults.push(fault as BlueskyFault),
      async [Symbol.asyncDispose]() {
        for (const end of ends) end();
      },
    };
  },
};

function notification(rkey: string, text: string, at: string): BlueskyServer['notifications'][number] {
  return {
    uri: `at://did:plc:bobbobbobbobbobbobbobbob/app.bsky.feed.post/${rkey}`,
    cid: 'bafyreigaknpexyvxt76zgkitavbwx6ejgfheup5oybpm77f3pxzrvwpfdi',
    author: { did: 'did:plc:bobbobbobbobbobbobbobbob', handle: 'bob.test' },
    reason: 'mention',
    record: { $type: 'app.bsky.feed.post', text, createdAt: at },
    isRead: false,
    indexedAt: at,
  };
}

const { schedule } = settingsSchema.parse({ name: 'ada', model: 'toy' });

async function hear(store: Store, network: Network): Promise<void> {
  const account = await network.identity();
  await catchUp({ store, network, account, persona: { name: 'ada', schedule }, now: () => new Date() });
}

async function takenIn({ db }: Store): Promise<number> {
  return (await db.selectFrom('mentions').select('id').execute()).length;
}

const whims = fc.record({
  skewMs: fc.constantFrom(0, -26 * 3_600_000, 3 * 3_600_000, 45_000),
  shuffles: fc.boolean(),
  repeats: fc.boolean(),
});

for (const [name, open] of Object.entries(towns) as [keyof typeof READ_FAULTS, (whims: Whims) => Promise<Town>][]) {
  const step = fc.oneof(
    fc.record({ do: fc.constant('speak' as const), times: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ do: fc.constant('hear' as const) }),
    fc.record({ do: fc.constant('fail' as const), fault: fc.constantFrom<string>(...READ_FAULTS[name]) }),
  );

  test(`on ${name}, in whatever order and however often mentions are told, each is taken in once`, async () => {
    await fc.assert(
      fc.asyncProperty(whims, fc.array(step, { maxLength: 12 }), async (whims, steps) => {
        await using town = await open(whims);
        const store = openStore(':memory:');
        let spoken = 0;
        const hearOrNot = () =>
          hear(store, town.network).catch((error) => assert.ok(error instanceof WorldError, String(error)));
        await hearOrNot();

        for (const step of steps) {
          if (step.do === 'fail') town.fail(step.fault);
          else if (step.do === 'hear') await hearOrNot();
          else for (let time = 0; time < step.times; time++) town.speak(`Say number ${spoken++}`);
        }
        for (let turn = 0; turn <= steps.length; turn++) await hearOrNot(); // faults that are left come first

        assert.equal(await takenIn(store), spoken);
        await store.close();
      }),
      { numRuns: 40 },
    );
  });
}

test('on Mastodon, however often its stream is dropped, every mention is heard by its ring or by the catching up after it', {
  timeout: 60_000,
}, async () => {
  const steps = fc.array(fc.constantFrom('speak', 'drop', 'yield'), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(whims, steps, async (whims, steps) => {
      await using server = await mastodonServer();
      Object.assign(server.settings, whims);
      const store = openStore(':memory:');
      const network = networkOn(server);
      const stop = new AbortController();
      const enough = Promise.withResolvers<void>();
      let expected = Number.POSITIVE_INFINITY;
      const listening = (async () => {
        const rings = notificationStream({
          address: () => server.url,
          token: server.token,
          signal: stop.signal,
          wait: async () => {},
          random: () => 0.5,
        });
        for await (const _ of rings) {
          await hear(store, network);
          if ((await takenIn(store)) >= expected) enough.resolve();
        }
      })();

      let spoken = 0;
      for (const step of steps) {
        if (step === 'speak') server.mention({ acct: 'bob' }, `Say number ${spoken++}`);
        else if (step === 'drop') server.dropStreams();
        else await new Promise(setImmediate);
      }
      expected = ++spoken;
      server.mention({ acct: 'bob' }, 'The last word');
      await enough.promise;
      stop.abort();
      await listening;

      assert.equal(await takenIn(store), spoken);
      await store.close();
    }),
    { numRuns: 30 },
  );
});
