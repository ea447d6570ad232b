import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mentionsLine } from '../../src/cli/mentions-line.ts';
import { takeLock } from '../../src/daemon/lock.ts';
import { readStatus } from '../../src/daemon/status.ts';
import { WorldError } from '../../src/errors.ts';
import { catchUp } from '../../src/listening/catch-up.ts';
import { settingsSchema } from '../../src/persona/settings.ts';
import { leaveAlone, noteTrouble, pause } from '../../src/publishing/account-health.ts';
import { keepUsage } from '../../src/publishing/usage.ts';
import { createDraft, recordSilence } from '../../src/queue/create-draft.ts';
import { approve, reject, undo } from '../../src/review/decide.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { ACCOUNT, heardOn, person, post } from '../listening/said.ts';
import { draftOf, ROUND } from '../queue/prepared-drafts.ts';
import { toyHome, writePersona } from './toy-home.ts';

const NOW = new Date('2026-06-01T12:00Z');
const HOUR = 3_600_000;
const home = toyHome('ada');

async function storeWithDaemon(): Promise<Store> {
  const store = openStore(':memory:');
  await takeLock(store, { pid: process.pid, now: NOW, isAlive: () => true });
  return store;
}

async function ada(store: Store) {
  return (await readStatus(store, home, NOW)).personas.find(({ name }) => name === 'ada')!;
}

const insert = (store: Store) => createDraft(store, draftOf(['Hope, deferred.'], { dueAt: NOW, now: NOW }));

test('it says whether the daemon runs, since when and as which process', async () => {
  const store = await storeWithDaemon();

  assert.deepEqual((await readStatus(store, home, NOW)).daemon, { pid: process.pid, since: NOW.toISOString() });
  assert.equal((await readStatus(openStore(':memory:'), home, NOW)).daemon, null);
});

test('what waits for a decision is why nothing is posted', async () => {
  const store = await storeWithDaemon();
  await insert(store);

  const { pending, approved, silence, nextPost } = await ada(store);

  assert.deepEqual([pending, approved, silence], [1, 0, '1 wait for your review']);
  assert.equal(nextPost, NOW.toISOString());
});

test('an approved draft has a next post, not before the time to undo is over', async () => {
  const store = await storeWithDaemon();
  await approve(store, { draftId: await insert(store), now: NOW, undoMs: HOUR });

  const { nextPost, silence } = await ada(store);

  assert.equal(nextPost, new Date(NOW.getTime() + HOUR).toISOString());
  assert.equal(silence, null);
});

test('acceptance counts the newest decision of each draft, and none that was taken back', async () => {
  const store = await storeWithDaemon();
  const [picked, rejected, undone] = [await insert(store), await insert(store), await insert(store)];

  await approve(store, { draftId: picked, now: NOW, undoMs: 0 });
  await reject(store, { draftId: rejected, now: NOW });
  await approve(store, { draftId: undone, now: NOW, undoMs: HOUR });
  await undo(store, { draftId: undone, now: NOW });

  assert.deepEqual((await ada(store)).acceptance, { accepted: 1, decided: 2 });
});

test('a silence gives the reason of the last round', async () => {
  const store = await storeWithDaemon();
  const reason = 'none of 8 candidates passed every gate (stopped by copied 8)';
  await recordSilence(store, {
    persona: 'ada',
    outcome: 'none passed',
    reason,
    round: ROUND,
    candidates: [],
    now: NOW,
  });

  assert.equal((await ada(store)).silence, reason);
});

test('what waits for a persona whose persona.yaml cannot be read is told all the same', async () => {
  const store = await storeWithDaemon();
  const mistyped = toyHome('ada');
  await insert(store);
  await insert(store);
  await approve(store, { draftId: 1, now: NOW, undoMs: 0 });
  writePersona(mistyped, 'ada', 'account: { network: mastodon, server: "http://example.social", token: T }');

  const [status] = (await readStatus(store, mistyped, NOW)).personas;

  assert.deepEqual([status?.pending, status?.approved, status?.acceptance.accepted], [1, 1, 1]);
  assert.match(status?.silence ?? '', /account\.server: expected/);
});

test('without a daemon that is the reason; a broken folder has its own', async () => {
  writePersona(home, 'bea', 'sampling: { topq: 1 }');

  const { personas } = await readStatus(openStore(':memory:'), home, NOW);

  assert.equal(personas.find(({ name }) => name === 'ada')?.silence, 'the daemon is not running');
  assert.match(personas.find(({ name }) => name === 'bea')?.silence ?? '', /persona\.yaml:\d+:\d+/);
});

test('an account that its owner must see to is why nothing is posted; what it spent stands beside its budget', async () => {
  const store = await storeWithDaemon();
  const account =
    'undo: 0s\naccount: { network: mastodon, server: "https://example.social", token: ADA_T, budget: { postsPerMonth: 30 } }';
  const another = toyHome();
  writePersona(another, 'ada', account);
  await approve(store, { draftId: await insert(store), now: NOW, undoMs: 0 });
  const standing = async () => (await readStatus(store, another, NOW)).personas[0]!;
  for (let post = 0; post < 20; post++) await keepUsage(store, 'ada', () => NOW).spent({ kind: 'post' });

  const slow = await standing();
  await pause(store, 'example.social no longer takes the token (401)', { persona: 'ada', files: '', now: NOW });
  const paused = await standing();

  assert.deepEqual(slow.spent?.postsInMonth, { used: 20, most: 30 });
  assert.match(
    slow.silence!,
    /^its next post waits until 2026-06-\d\dT.*: what is left of 30 posts a month is spread over its time$/,
  );
  assert.equal(paused.silence, 'paused: example.social no longer takes the token (401)');
});

test('a server that is out of order is why nothing is posted, since when and why', async () => {
  const store = await storeWithDaemon();
  const another = toyHome();
  writePersona(
    another,
    'ada',
    'undo: 0s\naccount: { network: mastodon, server: "https://example.social", token: ADA_T }',
  );
  const error = new WorldError('example.social is out of order (502)', { retryable: true });
  await noteTrouble(store, error, { persona: 'ada', server: 'example.social', files: '', now: NOW });

  const [status] = (await readStatus(store, another, NOW)).personas;

  assert.equal(
    status?.silence,
    `example.social is out of order since ${NOW.toISOString()}: example.social is out of order (502)`,
  );
});

test('what a network asked to wait, and a budget of reads that is used up, are why nothing is posted, and until when', async () => {
  const store = await storeWithDaemon();
  const another = toyHome();
  writePersona(
    another,
    'ada',
    'undo: 0s\naccount: { network: mastodon, server: "https://example.social", token: ADA_T, budget: { readsPerMonth: 5 } }',
  );
  await approve(store, { draftId: await insert(store), now: NOW, undoMs: 0 });
  const silenceAt = async (now: Date) => (await readStatus(store, another, now)).personas[0]!.silence;
  const until = new Date(NOW.getTime() + 1000).toISOString();

  await leaveAlone(store, 'ada', { until, because: 'example.social takes no more for now (429)' });
  const asked = await silenceAt(NOW);
  await keepUsage(store, 'ada', () => NOW).spent({ kind: 'read', count: 5 });
  const later = await silenceAt(new Date(NOW.getTime() + 2000));

  assert.equal(asked, `its network is left alone until ${until}: example.social takes no more for now (429)`);
  assert.equal(
    later,
    'its account is left alone until 2026-07-01T00:00:00.000Z: the budget of 5 reads a month is used up',
  );
});

test('who waits for an answer is counted, since when, and told why they wait still; one who waits too long is not', async () => {
  const store = await storeWithDaemon();
  const another = toyHome();
  writePersona(another, 'ada', 'schedule: { replies: { perHour: 1, expireAfter: 2h } }');
  const status = async () => (await readStatus(store, another, NOW)).personas[0]!;
  const { schedule } = settingsSchema.parse({ name: 'ada', model: 'toy' });
  const at = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000).toISOString();
  const said = [post('1', 'Hello?', { at: at(119) }), post('2', 'And you?', { at: at(5), author: person('carol') })];
  const persona = { name: 'ada', schedule };
  assert.deepEqual((await status()).mentions, { count: 0, oldest: null, because: null });

  await catchUp({ store, network: heardOn(said), account: ACCOUNT, persona, now: () => NOW });
  const two = (await status()).mentions;
  const late = (await readStatus(store, another, new Date(NOW.getTime() + 2 * 60_000))).personas[0]!;
  const reply = await createDraft(store, { ...draftOf(['Good day.'], { now: NOW }), kind: 'reply' });
  await store.db
    .updateTable('mentions')
    .set({ status: 'answered', draft_id: reply })
    .where('post_id', '=', '1')
    .execute();
  const one = await status();

  assert.deepEqual(two, { count: 2, oldest: at(119), because: null });
  assert.equal(late.mentions.count, 1);
  assert.deepEqual(one.mentions, { count: 1, oldest: at(5), because: '1 of 1 replies an hour are written' });
  assert.equal(
    mentionsLine(one, NOW),
    'ada: 1 mention waits for an answer, posted 5 minutes ago: 1 of 1 replies an hour are written',
  );
  assert.equal(
    mentionsLine({ ...one, mentions: two }, NOW),
    'ada: 2 mentions wait for an answer, the oldest posted 2 hours ago',
  );
});
