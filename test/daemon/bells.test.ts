import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { openBells } from '../../src/daemon/bells.ts';
import { UserError, WorldError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import type { Persona } from '../../src/persona/persona.ts';
import { readStandings } from '../../src/publishing/account-health.ts';
import { AccountError, type Network, type RingOptions, Unreached } from '../../src/publishing/network.ts';
import { openStore } from '../../src/store/store.ts';
import { networkOn } from '../publishing/mastodon/mastodon-account.ts';
import { mastodonServer } from '../publishing/servers/mastodon-server.ts';
import { persona } from './composing.ts';

const mastodon = (name: string, changes: Partial<Persona> = {}): Persona =>
  persona({
    name,
    account: {
      network: 'mastodon',
      server: 'https://example.social',
      token: 'T',
      replyVisibility: 'unlisted',
      budget: {},
    },
    ...changes,
  } as Partial<Persona>);

function bellsOn(rings: NonNullable<Network['rings']>, store = openStore(':memory:')) {
  const waits: number[] = [];
  const opened: string[] = [];
  const said: string[] = [];
  const log = createLog({ level: 'silent' });
  log.debug = (_: object, message?: string) => void said.push(message ?? '');
  const bells = openBells({
    home: '.',
    store,
    log,
    now: () => new Date(),
    networkOf: async ({ name }) => {
      opened.push(name);
      return { rings };
    },
    wait: async (milliseconds, signal) => {
      waits.push(milliseconds);
      if (waits.length > 3) await once(signal, 'abort');
    },
  });
  return { bells, waits, opened, said, store };
}

async function standingOf(persona: Persona, store: ReturnType<typeof openStore>) {
  return (await readStandings(store, [persona], new Date())).get(persona.name)!;
}

/** Rings once, then is silent until it is to end. */
async function* oneRing({ signal }: RingOptions) {
  yield 'mention' as const;
  if (!signal.aborted) await once(signal, 'abort');
}

async function until(claim: () => boolean): Promise<void> {
  while (!claim()) await setImmediate();
}

test('who is spoken to has rung, until it listens', async () => {
  const { bells } = bellsOn(oneRing);
  const ada = mastodon('ada');

  bells.listenFor([ada, persona({ name: 'bea' })]);
  await until(() => bells.rung.has('ada'));
  bells.heard('ada');

  assert.deepEqual([...bells.rung], []);
  await bells.close();
});

test('one listener for each persona; one that changed is heard for anew, one that is gone no more', async () => {
  const { bells, opened } = bellsOn(oneRing);
  const ada = mastodon('ada');
  bells.listenFor([ada]);
  bells.listenFor([ada]);
  await until(() => bells.rung.has('ada'));

  bells.listenFor([mastodon('ada')]);
  await until(() => opened.length === 2);
  bells.listenFor([]);

  assert.deepEqual([opened, [...bells.rung]], [['ada', 'ada'], []]);
  await bells.close();
});

test('who answers nobody, and networks without streams, are not heard for', async () => {
  const { bells, opened } = bellsOn(oneRing);
  const { schedule } = persona();
  const mute = mastodon('mute', { schedule: { ...schedule, replies: { ...schedule.replies, perHour: 0 } } });

  bells.listenFor([mute, persona({ name: 'local' })]);
  await setImmediate();

  assert.deepEqual(opened, []);
  await bells.close();
});

test('a stream that cannot be had is tried again, later each time, and a bug in it harms nobody', async () => {
  let tries = 0;
  // biome-ignore lint/correctness/useYield: it never comes to that
  const { bells, waits } = bellsOn(async function* () {
    throw tries++ === 1 ? new TypeError('a bug') : new WorldError('503', { retryable: true });
  });

  bells.listenFor([mastodon('ada')]);
  await until(() => waits.length === 4);
  await bells.close();

  assert.deepEqual(waits, [60_000, 120_000, 240_000, 480_000]);
});

test('on a real stream it rings when somebody speaks, and when a lost one is there again, for what was said meanwhile', async () => {
  await using server = await mastodonServer();
  const store = openStore(':memory:');
  const network = networkOn(server, undefined, undefined, store);
  const { bells } = bellsOn((options) => network.rings!(options), store);

  bells.listenFor([mastodon('ada')]);
  await until(() => server.streams.size === 1);
  server.mention({ acct: 'bob' }, '@ada Hello?');
  await until(() => bells.rung.has('ada'));
  bells.heard('ada');
  server.dropStreams();
  await until(() => bells.rung.has('ada'));

  await bells.close();
  await until(() => server.streams.size === 0);
});

test('however often the daemon starts, its server is asked once where the streams are, and nobody listens for that', async () => {
  await using server = await mastodonServer();
  const store = openStore(':memory:');
  const told = { spent: [], limited: [] };
  const connections = () => server.requests.filter(({ path }) => path.startsWith('/api/v1/streaming')).length;
  const rung: string[] = [];
  const heard: string[] = [];

  for (let start = 0; start < 10; start++) {
    const network = networkOn(server, told, undefined, store);
    const { bells, said } = bellsOn((options) => network.rings!(options), store);
    bells.listenFor([mastodon('ada')]);
    await until(() => said.length > 0);
    heard.push(...said);
    rung.push(...bells.rung);
    await bells.close();
    await until(() => server.streams.size === 0);
  }

  assert.deepEqual(new Set(heard), new Set(['Its stream is there']));
  assert.deepEqual([rung, told.spent.length, connections(), server.requests.length], [[], 1, 10, 11]);
});

test('a server that has moved its streams is asked again where they are, once a day', async () => {
  await using server = await mastodonServer();
  const store = openStore(':memory:');
  const DAY = 86_400_000;
  const asked = () => server.requests.filter(({ path }) => path === '/api/v2/instance').length;
  const counts: number[] = [];
  server.settings.hasStreams = false;
  let tries = 0;
  const { bells, waits } = bellsOn(async function* (options) {
    counts.push(asked());
    const later = tries++ >= 2 ? 3 * DAY : 0;
    server.settings.now = () => Date.now() + later;
    yield* networkOn(server, undefined, undefined, store).rings!(options);
  }, store);

  bells.listenFor([mastodon('ada')]);
  await until(() => waits.length === 4);
  await bells.close();

  assert.deepEqual([counts, asked()], [[0, 1, 1, 1], 2], 'doubted by the third try, asked for by the fourth');
});

test('a revoked token, or none, pauses the persona by its stream as by all else', async () => {
  for (const [error, because] of [
    [new AccountError('no longer takes the token'), /no longer takes the token/],
    [new UserError('T is not set'), /T is not set/],
  ] as const) {
    // biome-ignore lint/correctness/useYield: it never comes to that
    const { bells, waits, store } = bellsOn(async function* () {
      throw error;
    });
    const ada = mastodon('ada');

    bells.listenFor([ada]);
    await until(() => waits.length > 0);
    const { pause } = await standingOf(ada, store);
    await bells.close();

    assert.match(pause?.because ?? '', because);
  }
});

test('where nobody is reached again and again, the server is out of order: one failure, however many hear there', async () => {
  const lost = (host: string) => new Unreached(`${host} cannot be reached`, host);
  const outageOf = async (host: string, times: number) => {
    let told = 0;
    const { bells, store } = bellsOn(async function* ({ signal, onLost }) {
      for (let time = 0; time < times; time++) await onLost?.(lost(host), 1);
      told++;
      if (!signal.aborted) await once(signal, 'abort');
      yield 'mention' as const;
    });
    const all = ['ada', 'bea', 'cleo'].map((name) => mastodon(name));
    bells.listenFor(all);
    await until(() => told === all.length);
    const servers = await store.db.selectFrom('servers').select(['name', 'failures']).execute();
    await bells.close();
    return servers.map(({ name, failures }) => [name, failures]);
  };

  assert.deepEqual(await outageOf('example.social', 2), [], 'it only begins anew');
  assert.deepEqual(await outageOf('streaming.example.net', 5), [], 'its posts go another way');
  assert.deepEqual(await outageOf('example.social', 5), [['example.social', 1]]);
});
