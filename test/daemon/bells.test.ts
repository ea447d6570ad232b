import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { openBells } from '../../src/daemon/bells.ts';
import { WorldError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import type { Persona } from '../../src/persona/persona.ts';
import type { Network, RingOptions } from '../../src/publishing/network.ts';
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

function bellsOn(rings: NonNullable<Network['rings']>) {
  const waits: number[] = [];
  const opened: string[] = [];
  const bells = openBells({
    home: '.',
    store: openStore(':memory:'),
    log: createLog({ level: 'silent' }),
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
  return { bells, waits, opened };
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

test('on a real stream it rings when it connects, when somebody speaks, and again after the stream was dropped', async () => {
  await using server = await mastodonServer();
  const network = networkOn(server);
  const { bells } = bellsOn((options) => network.rings!(options));

  bells.listenFor([mastodon('ada')]);
  await until(() => bells.rung.has('ada') && server.streams.size === 1);
  bells.heard('ada');
  server.mention({ acct: 'bob' }, '@ada Hello?');
  await until(() => bells.rung.has('ada'));
  bells.heard('ada');
  server.dropStreams();
  await until(() => bells.rung.has('ada'));

  await bells.close();
  await until(() => server.streams.size === 0);
});
