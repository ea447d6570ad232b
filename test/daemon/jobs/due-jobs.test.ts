import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueJobs, jobsToStop, kindsDue, type PersonaState } from '../../../src/daemon/jobs/due-jobs.ts';
import type { LastNight, NightState } from '../../../src/daemon/nights/night.ts';
import { parseTimeWindow } from '../../../src/persona/time-window.ts';

const NOW = new Date('2026-06-01T12:00Z');
const before = (ms: number) => new Date(NOW.getTime() - ms);
const IDLE = { now: NOW, running: new Set<string>(), failures: new Map() };

const NO_REPLIES = { most: 6, listenAt: null, waiting: 0, written: 0, publishAt: null, published: 0 };

/** A persona with a full queue and nothing approved. */
function persona(name: string, changes: Partial<PersonaState> = {}): PersonaState {
  return {
    name,
    posts: { everyMs: 3_600_000, jitter: 0.5, between: parseTimeWindow('00:00-24:00'), timezone: 'UTC' },
    ahead: 3,
    waiting: 3,
    publishAt: null,
    lastPost: null,
    silentRounds: 0,
    lastRound: null,
    unsettled: 0,
    lookAt: null,
    isPaused: false,
    waitUntil: null,
    nights: [],
    postsFrom: null,
    readsFrom: null,
    replies: NO_REPLIES,
    measureAt: null,
    ...changes,
  };
}

test('a full queue and nothing approved leave nothing to do', () => {
  assert.deepEqual(dueJobs([persona('ada')], IDLE), []);
});

test('a queue that is not full is composed for, an approved draft is published at its time', () => {
  const ada = persona('ada', { waiting: 2, publishAt: before(1) });

  assert.deepEqual(dueJobs([ada], IDLE), ['publish:ada', 'compose:ada']);
});

test('a draft is not published before its time, nor too soon after the last post', () => {
  const early = persona('ada', { publishAt: new Date(NOW.getTime() + 1) });
  const close = persona('ada', { publishAt: before(1), lastPost: before(60_000) });

  assert.deepEqual(dueJobs([early, close], IDLE), []);
});

test('at most two jobs run at once, of which one composes, and one that runs is not started again', () => {
  const hungry = ['ada', 'bea', 'cleo'].map((name) => persona(name, { waiting: 0, publishAt: before(1) }));
  const idle = ['ada', 'bea'].map((name) => persona(name, { waiting: 0 }));

  assert.deepEqual(dueJobs(hungry, IDLE), ['publish:ada', 'publish:bea']);
  assert.deepEqual(dueJobs(hungry, { ...IDLE, running: new Set(['publish:ada']) }), ['publish:bea']);
  assert.deepEqual(dueJobs(idle, IDLE), ['compose:ada']);
  assert.deepEqual(dueJobs(idle, { ...IDLE, running: new Set(['compose:ada']) }), []);
});

test('the emptiest queue goes first, then the persona that waited longest', () => {
  const personas = [
    persona('ada', { waiting: 1 }),
    persona('bea', { waiting: 0, lastRound: before(1000) }),
    persona('cleo', { waiting: 0, lastRound: before(9000) }),
  ];

  assert.deepEqual(dueJobs(personas, IDLE), ['compose:cleo']);
  assert.deepEqual(dueJobs(personas.slice(0, 2), IDLE), ['compose:bea']);
});

test('rounds in which nothing passed are tried again at once a few times, then with patience', () => {
  const silent = (silentRounds: number, sinceMs: number) =>
    dueJobs([persona('ada', { waiting: 0, silentRounds, lastRound: before(sinceMs) })], IDLE).length;

  assert.deepEqual([silent(1, 0), silent(2, 0)], [1, 1]);
  assert.deepEqual([silent(3, 59_000), silent(3, 60_000)], [0, 1]);
  assert.deepEqual([silent(99, 59 * 60_000), silent(99, 60 * 60_000)], [0, 1]);
});

test('a job that failed waits longer each time, and the other jobs do not wait for it', () => {
  const ada = persona('ada', { waiting: 0, publishAt: before(1) });
  const failures = (count: number, sinceMs: number) => new Map([['publish:ada', { count, last: before(sinceMs) }]]);

  assert.deepEqual(dueJobs([ada], { ...IDLE, failures: failures(1, 4_000) }), ['compose:ada']);
  assert.deepEqual(dueJobs([ada], { ...IDLE, failures: failures(1, 5_000) }), ['publish:ada', 'compose:ada']);
  assert.deepEqual(dueJobs([ada], { ...IDLE, failures: failures(2, 5_000) }), ['compose:ada']);
});

test('a post that may or may not be out is settled before another is sent', () => {
  const unsettled = { unsettled: 1, publishAt: null };

  assert.deepEqual(dueJobs([persona('ada', unsettled)], IDLE), ['publish:ada']);
  assert.deepEqual(dueJobs([persona('ada', { ...unsettled, lookAt: new Date(NOW.getTime() + 1) })], IDLE), []);
});

test('an account that has spent its posts for now still settles what is in doubt', () => {
  const spent = { publishAt: before(1), postsFrom: new Date(NOW.getTime() + 1) };

  assert.deepEqual(dueJobs([persona('ada', spent)], IDLE), []);
  assert.deepEqual(dueJobs([persona('ada', { ...spent, unsettled: 1 })], IDLE), ['publish:ada']);
});

test('nothing is asked of a network that wants to be left alone, nor as an account that its owner must see to', () => {
  const due = { publishAt: before(1) };

  assert.deepEqual(dueJobs([persona('ada', { ...due, isPaused: true })], IDLE), []);
  assert.deepEqual(dueJobs([persona('ada', { ...due, waitUntil: new Date(NOW.getTime() + 1) })], IDLE), []);
  assert.deepEqual(dueJobs([persona('ada', { ...due, waitUntil: NOW })], IDLE), ['publish:ada']);
});

const HOUR = 3_600_000;
const night = (last: LastNight | null = null, between = '10:00-14:00', since = before(0)): NightState => ({
  kind: 'train',
  hours: { everyMs: 7 * 24 * HOUR, between: parseTimeWindow(between), timezone: 'UTC' },
  last,
  since,
});
const ofNight = (...nights: NightState[]) => persona('ada', { nights });
const ago = (hours: number, outcome: LastNight['outcome']) => ({ startedAt: before(hours * HOUR), outcome });

test('training begins in its hours, and not outside of them', () => {
  assert.deepEqual(dueJobs([ofNight(night())], IDLE), ['train:ada']);
  assert.deepEqual(dueJobs([ofNight(night(null, '01:00-06:00'))], IDLE), []);
});

test('what was stopped or cut off goes on at once; what came to its end waits for `every`', () => {
  const isDue = (last: LastNight) => dueJobs([ofNight(night(last))], IDLE).length === 1;

  assert.deepEqual([isDue(ago(1, 'stopped')), isDue(ago(1, null))], [true, true]);
  for (const outcome of ['done', 'refused'] as const) {
    assert.deepEqual([isDue(ago(7 * 24 - 1, outcome)), isDue(ago(7 * 24, outcome))], [false, true], outcome);
  }
});

test('where nothing was new, or it failed, the next look is in the next night, sooner when the persona changed', () => {
  const isDue = (last: LastNight, since = before(24 * HOUR)) =>
    dueJobs([ofNight(night(last, '00:00-24:00', since))], IDLE).length === 1;

  assert.deepEqual([isDue(ago(11, 'nothing new')), isDue(ago(12, 'nothing new'))], [false, true]);
  assert.deepEqual([isDue(ago(11, 'failed')), isDue(ago(12, 'failed'))], [false, true]);
  assert.ok(isDue(ago(11, 'failed'), before(10 * HOUR)));
});

test('one training runs at a time, that of the persona which waited longest', () => {
  const personas = [
    persona('ada', { nights: [night(ago(200, 'done'))] }),
    persona('bea', { nights: [night(ago(300, 'done'))] }),
  ];

  assert.deepEqual(dueJobs(personas, IDLE), ['train:bea']);
  assert.deepEqual(dueJobs(personas, { ...IDLE, running: new Set(['train:bea']) }), []);
});

test('a training takes the place of no other job', () => {
  const busy = ['ada', 'bea'].map((name) => persona(name, { waiting: 0, publishAt: before(1), nights: [night()] }));

  assert.deepEqual(dueJobs(busy, { ...IDLE, running: new Set(['train:ada']) }), ['publish:ada', 'publish:bea']);
  assert.deepEqual(dueJobs(busy, IDLE), ['publish:ada', 'publish:bea', 'train:ada']);
});

test('a training is stopped when its hours are over, the persona no longer wants it, or is gone', () => {
  const stopped = (...personas: PersonaState[]) =>
    jobsToStop(personas, { now: NOW, running: new Set(['train:ada', 'compose:ada']) });

  assert.deepEqual(stopped(ofNight(night())), []);
  assert.deepEqual(stopped(ofNight(night(null, '01:00-06:00'))), ['train:ada']);
  assert.deepEqual(stopped(ofNight()), ['train:ada']);
  assert.deepEqual(stopped(), ['train:ada']);
});

const replying = (name: string, changes: Partial<PersonaState['replies']>, more: Partial<PersonaState> = {}) =>
  persona(name, { ...more, replies: { ...NO_REPLIES, ...changes } });

test('a network is asked for mentions at its time, or when its stream rings', () => {
  const later = new Date(NOW.getTime() + 60_000);

  assert.deepEqual(dueJobs([replying('ada', { listenAt: NOW })], IDLE), ['listen:ada']);
  assert.deepEqual(dueJobs([replying('ada', { listenAt: later })], IDLE), []);
  assert.deepEqual(dueJobs([replying('ada', { listenAt: later })], { ...IDLE, rung: new Set(['ada']) }), [
    'listen:ada',
  ]);
  assert.deepEqual(dueJobs([replying('ada', {})], { ...IDLE, rung: new Set(['ada']) }), []);
});

test('a reply is written before a post, and published before one', () => {
  const ada = replying('ada', { waiting: 1 });
  const bea = persona('bea', { waiting: 0 });

  assert.deepEqual(dueJobs([bea, ada], IDLE), ['reply:ada']);
  assert.deepEqual(dueJobs([bea, ada], { ...IDLE, running: new Set(['compose:bea']) }), []);
  assert.deepEqual(kindsDue(replying('ada', { publishAt: before(1) }, { publishAt: before(1) }), NOW), [
    'reply',
    'post',
  ]);
});

test('a reply waits neither for the next post nor for the morning, but for its hour', () => {
  const justPosted = { lastPost: before(1000), publishAt: before(1) };

  assert.deepEqual(kindsDue(replying('ada', { publishAt: before(1) }, justPosted), NOW), ['reply']);
  assert.deepEqual(kindsDue(replying('ada', { publishAt: before(1), published: 6 }, justPosted), NOW), []);
  assert.deepEqual(dueJobs([replying('ada', { waiting: 3, written: 6 })], IDLE), []);
});

test('what came of posts is looked at when nothing else is to be done', () => {
  const ada = persona('ada', { waiting: 0, measureAt: NOW });

  assert.deepEqual(dueJobs([ada], IDLE), ['compose:ada', 'measure:ada']);
  assert.deepEqual(dueJobs([persona('ada', { measureAt: new Date(NOW.getTime() + 1) })], IDLE), []);
});

test('a network that is to be left alone is not asked for anything', () => {
  const busy = replying('ada', { listenAt: NOW, waiting: 1 }, { measureAt: NOW });

  assert.deepEqual(dueJobs([{ ...busy, isPaused: true }], { ...IDLE, rung: new Set(['ada']) }), []);
  assert.deepEqual(dueJobs([{ ...busy, waitUntil: new Date(NOW.getTime() + 1) }], IDLE), []);
  assert.deepEqual(dueJobs([{ ...busy, readsFrom: new Date(NOW.getTime() + 1) }], IDLE), []);
});

test('what is not allowed takes no other job’s place', () => {
  const due = ['ada', 'bea', 'cleo'].map((name) => persona(name, { waiting: 0, publishAt: before(1) }));

  assert.deepEqual(dueJobs(due, { ...IDLE, allows: (job) => !job.startsWith('publish') }), ['compose:ada']);
});
