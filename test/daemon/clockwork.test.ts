import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bells } from '../../src/daemon/bells.ts';
import { clockwork } from '../../src/daemon/clockwork.ts';
import type { HeldAccounts } from '../../src/daemon/hold-accounts.ts';
import type { JobThreads } from '../../src/daemon/jobs/job-threads.ts';
import { takeLock } from '../../src/daemon/lock.ts';
import { WorldError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { noteTrouble, ownersFiles, pause, resume, serverAnswered } from '../../src/publishing/account-health.ts';
import { say } from '../../src/publishing/local.ts';
import { getDraft } from '../../src/queue/draft.ts';
import { approve } from '../../src/review/decide.ts';
import { openStore } from '../../src/store/store.ts';
import { insertDraft } from '../queue/prepared-drafts.ts';
import { toyHome, writePersona } from './toy-home.ts';

const START = new Date('2026-06-01T12:00Z');
const DAY = 86_400_000;
const home = toyHome('ada'); // two drafts ahead

const NOBODYS: HeldAccounts = { hold: async () => [], release() {} };
const SILENT: Bells = { rung: new Set(), heard() {}, listenFor() {}, close: async () => {} };

async function running({ dryRun = false, bells = SILENT } = {}) {
  const store = openStore(':memory:');
  const lock = await takeLock(store, { pid: 100, now: START, isAlive: () => true });
  const started: string[] = [];
  const threads: JobThreads = {
    running: new Set(),
    failures: new Map(),
    start: async (job) => void started.push(job),
    cancel: () => {},
    forgive: () => {},
    stop: async () => {},
  };
  const clock = { now: START };
  const log = createLog({ level: 'silent' });
  const tick = clockwork({
    home,
    store,
    lock,
    threads,
    bells,
    accounts: NOBODYS,
    log,
    dryRun,
    now: () => clock.now,
  });
  return { store, started, clock, tick };
}

test('a tick starts what is due', async () => {
  const { store, started, tick } = await running();
  await approve(store, { draftId: await insertDraft(store, ['due'], { dueAt: START }), now: START, undoMs: 0 });

  assert.equal(await tick(), 'done');

  assert.deepEqual(started, ['publish:ada', 'compose:ada']);
});

test('in a dry run nothing is published', async () => {
  const { store, started, tick } = await running({ dryRun: true });
  await approve(store, { draftId: await insertDraft(store, ['due'], { dueAt: START }), now: START, undoMs: 0 });

  await tick();

  assert.deepEqual(started, ['compose:ada']);
});

test('a draft that nobody decided on expires, and makes room for another', async () => {
  const { store, started, clock, tick } = await running();
  const ids = [await insertDraft(store, ['a'], { dueAt: START }), await insertDraft(store, ['b'], { dueAt: START })];
  await tick();
  assert.deepEqual(started, []);

  clock.now = new Date(START.getTime() + 8 * DAY);
  await tick();

  assert.deepEqual(await Promise.all(ids.map(async (id) => (await getDraft(store, id)).status)), [
    'expired',
    'expired',
  ]);
  assert.deepEqual(started, ['compose:ada']);
});

test('a daemon whose store was taken over while it slept starts nothing more', async () => {
  const { store, started, clock, tick } = await running();
  clock.now = new Date(START.getTime() + DAY);
  await takeLock(store, { pid: 200, now: clock.now, isAlive: () => true });

  assert.equal(await tick(), 'lock lost');

  assert.deepEqual(started, []);
});

test('of an outage there is one line when it begins and one when it ends, whatever waits for it and for how long', async () => {
  const lines: string[] = [];
  const store = openStore(':memory:');
  const log = {
    warn: (_: object, message: string) => lines.push(message),
    info: (_: object, message: string) => lines.push(message),
    error: (_: object, message: string) => lines.push(message),
    debug: () => {},
  } as unknown as ReturnType<typeof createLog>;
  const lock = await takeLock(store, { pid: 100, now: START, isAlive: () => true });
  const threads = {
    running: new Set<string>(),
    failures: new Map(),
    start: async () => {},
    forgive() {},
    cancel() {},
    stop: async () => {},
  };
  const clock = { now: START };
  const tick = clockwork({
    home,
    store,
    lock,
    threads,
    bells: SILENT,
    accounts: NOBODYS,
    log,
    dryRun: false,
    now: () => clock.now,
  });
  await tick();
  lines.splice(0);

  for (let minute = 0; minute < 100; minute++) {
    const error = new WorldError(`502, the ${minute}th time`, { retryable: true });
    await noteTrouble(store, error, { persona: 'ada', server: 'local', files: '', now: clock.now });
    clock.now = new Date(clock.now.getTime() + 60_000);
    await tick();
  }
  await serverAnswered(store, 'local');
  await pause(store, 'token revoked', { persona: 'ada', files: ownersFiles(home, 'ada'), now: clock.now });
  for (let second = 0; second < 5; second++) await tick();
  writePersona(home, 'ada', 'undo: 1s'); // the owner has seen to it
  clock.now = new Date(clock.now.getTime() + 60_000);
  await tick();

  assert.deepEqual(lines, [
    'Out of order, and asked again from time to time: 502, the 0th time',
    'Paused: token revoked',
    'In order again',
    'Persona taken up again',
    'Resumed: its account is tried again',
  ]);
});

test('streams are for those alone of whom nothing keeps the network: no pause, no outage, no budget that is used up', async () => {
  const heard: string[][] = [];
  const bells: Bells = { ...SILENT, listenFor: (personas) => void heard.push(personas.map(({ name }) => name)) };
  const { store, clock, tick } = await running({ bells });
  const trouble = { persona: 'ada', server: 'local', files: ownersFiles(home, 'ada') };
  const tickAfter = async (change: () => Promise<unknown>) => {
    await change();
    await tick();
    return heard.at(-1);
  };
  const failed = new WorldError('502', { retryable: true });
  const limit = { persona: 'ada', kind: 'read', endpoint: '', remaining: 0 } as const;
  const inAnHour = new Date(START.getTime() + 3_600_000).toISOString();

  assert.deepEqual(await tickAfter(async () => {}), ['ada']);
  assert.deepEqual(await tickAfter(() => noteTrouble(store, failed, { ...trouble, now: clock.now })), []);
  const later = new Date(START.getTime() + 61_000);
  assert.deepEqual(await tickAfter(async () => (clock.now = later)), [], 'until the server has answered somebody');
  assert.deepEqual(await tickAfter(() => serverAnswered(store, 'local')), ['ada']);
  assert.deepEqual(await tickAfter(() => pause(store, 'revoked', { ...trouble, now: clock.now })), []);
  assert.deepEqual(await tickAfter(() => resume(store, 'ada')), ['ada']);
  const spent = () =>
    store.db
      .insertInto('limits')
      .values({ ...limit, reset_at: inAnHour, told_at: START.toISOString() })
      .execute();
  assert.deepEqual(await tickAfter(spent), []);
});

test('whoever speaks on the local timeline is listened to, also in a dry run', async () => {
  const { store, started, clock, tick } = await running({ dryRun: true });
  await insertDraft(store, ['a'], { dueAt: START });
  await insertDraft(store, ['b'], { dueAt: START });
  await tick();
  assert.deepEqual(started, []);

  await say(store, { name: 'bob', text: '@ada Hello?', inReplyTo: undefined, now: clock.now });
  await tick();

  assert.deepEqual(started, ['listen:ada']);
});

test('a reply that nobody decided on expires before a post does', async () => {
  const { store, clock, tick } = await running();
  const post = await insertDraft(store, ['a'], { dueAt: START });
  const reply = await insertDraft(store, ['b'], { dueAt: START, kind: 'reply', inReplyTo: '1' });

  clock.now = new Date(START.getTime() + DAY);
  await tick();

  assert.deepEqual(
    [(await getDraft(store, post)).status, (await getDraft(store, reply)).status],
    ['pending', 'expired'],
  );
});

test('replies take no place of posts in the queue, and do not put off the next post', async () => {
  const { store, started, tick } = await running();
  await insertDraft(store, ['a'], { dueAt: START });
  for (const text of ['b', 'c', 'd']) await insertDraft(store, [text], { dueAt: START, kind: 'reply', inReplyTo: '1' });

  await tick();

  assert.deepEqual(started, ['compose:ada']);
});
