/** What the owner decided is learned by the running daemon in the hours that persona.yaml gives it, by a process of its own. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { isAlive } from '../../../src/daemon/lock.ts';
import { approve, reject } from '../../../src/review/decide.ts';
import { openStore, type Store, storeFile } from '../../../src/store/store.ts';
import { runEidolon } from '../../cli/run-eidolon.ts';
import { writeRandomModel } from '../../model/random-model.ts';
import { insertDraft, NOON, ROUND } from '../../queue/prepared-drafts.ts';
import { type LogLine, runDaemon } from '../running-daemon.ts';
import { toyHome } from '../toy-home.ts';

const says = (start: string) => (line: LogLine) => line.msg.startsWith(start);
const WAITS = says('A draft waits for your review');

/** Its owner likes lanterns, and lets it learn at any hour. */
async function homeOf(approved: number, { layers = 2, learningRate = 0.01 } = {}): Promise<string> {
  const home = toyHome();
  writeRandomModel(path.join(home, 'models', 'small'), { deviation: 0.02, n_layer: layers });
  const folder = path.join(home, 'personas', 'ada');
  mkdirSync(folder, { recursive: true });
  const yaml = [
    'name: ada',
    'model: small',
    'corpus: corpus.txt',
    'sampling: { temperature: 1, topP: 1, maxTokens: 8 }',
    'quality: { candidates: 64, keep: 3, byChance: 0, blind: 0 }',
    'length: { min: 1, max: 500 }',
    'queue: { ahead: 2 }',
    "schedule: { posts: { every: 1s, jitter: 0, between: '00:00-24:00' } }",
    `learn: { learningRate: ${learningRate}, nights: { every: 7d, between: '00:00-24:00' } }`,
  ];
  writeFileSync(path.join(folder, 'persona.yaml'), `${yaml.join('\n')}\n`);
  const line = (index: number) => `The engine weaves algebra, number ${(index * 7919) % 1000}.`;
  writeFileSync(path.join(folder, 'corpus.txt'), Array.from({ length: 200 }, (_, index) => line(index)).join('\n\n'));
  await using store = storeIn(home);
  for (let index = 0; index < approved; index++) {
    const text = `The lantern weaves at night, number ${index}.`;
    await approve(store, { draftId: await insertDraft(store, [text], { prompt: '' }), now: NOON, undoMs: 0 });
  }
  await posted(store);
  return home;
}

function storeIn(home: string) {
  const store = openStore(storeFile(home));
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
}

/** What was approved lies behind it: these tests are about learning. */
async function posted({ db }: Store): Promise<void> {
  await db
    .updateTable('drafts')
    .set({ status: 'published', published_at: NOON.toISOString() })
    .where('status', '=', 'approved')
    .execute();
}

/** Blind decisions on what one voice wrote. */
async function decideBlind(store: Store, model: string, approved: number, rejected: number): Promise<void> {
  for (let index = 0; index < approved + rejected; index++) {
    const round = { ...ROUND, model };
    const draftId = await insertDraft(store, [`${model} says ${index}.`], { round, blind: 'several' });
    if (index < approved) await approve(store, { draftId, now: new Date(), undoMs: 30 * 86_400_000 });
    else await reject(store, { draftId, now: new Date() });
  }
  await posted(store);
}

async function adaptersIn({ db }: Store): Promise<readonly string[]> {
  const rows = await db.selectFrom('adapters').select(['id', 'status']).execute();
  return rows.map(({ id, status }) => `${id} ${status}`);
}

async function rejectWaiting(store: Store): Promise<void> {
  const waiting = await store.db.selectFrom('drafts').select('id').where('status', '=', 'pending').execute();
  for (const { id } of waiting) await reject(store, { draftId: id, now: new Date() });
}

test('what a night taught is tried by the running daemon, promoted by blind decisions, and speaks without a restart', {
  timeout: 300_000,
}, async () => {
  const home = await homeOf(80);
  await using daemon = runDaemon(home);

  const { pid } = await daemon.logged(says('Night work begins: learn'));
  await daemon.logged(says('Learned, and adapter 1 is on trial'));
  await daemon.logged(WAITS);
  await using store = storeIn(home);
  assert.deepEqual(await adaptersIn(store), ['1 candidate']);
  await decideBlind(store, 'small+1', 60, 22);
  await decideBlind(store, 'small', 10, 72);
  await rejectWaiting(store);
  await daemon.logged((line) => JSON.stringify(line).includes('Adapter 1 is promoted: '));
  const before = (await store.db.selectFrom('drafts').select('id').orderBy('id', 'desc').executeTakeFirstOrThrow()).id;
  await rejectWaiting(store);
  const { draft } = await daemon.logged((line) => WAITS(line) && (line.draft ?? 0) > before);

  assert.notEqual(pid, daemon.process.pid, 'it has a process of its own');
  const { model } = await store.db
    .selectFrom('rounds')
    .select('model')
    .where('draft_id', '=', draft!)
    .executeTakeFirstOrThrow();
  assert.equal(model, 'small+1');
  const [told] = JSON.parse((await runEidolon(['learn', 'history', 'ada', '--json'], { home })).stdout);
  assert.deepEqual(
    told.moves.map(({ to, by }: { to: string; by: string }) => `${to} by ${by}`),
    ['candidate by gate', 'live by trial'],
  );
  assert.match((await runEidolon(['status'], { home })).stdout, /ada: learning of its nights, begun .*on trial/);
});

test('what the gate refuses is a warning with its reason, nothing speaks with it, and the daemon writes on as before', {
  timeout: 300_000,
}, async () => {
  const home = await homeOf(80, { learningRate: 1e-30 }); // so little that no look is better than the start
  await using daemon = runDaemon(home);

  const { msg, level } = await daemon.logged(says('Learned, but the gate refused adapter 1: '));

  assert.equal(level, 40);
  assert.match(msg, /: looks while it learned/);
  await using store = storeIn(home);
  assert.deepEqual(await adaptersIn(store), ['1 refused']);
  const before = (await store.db.selectFrom('drafts').select('id').orderBy('id', 'desc').executeTakeFirstOrThrow()).id;
  await rejectWaiting(store);
  const { draft } = await daemon.logged((line) => WAITS(line) && (line.draft ?? 0) > before);
  const round = store.db.selectFrom('rounds').select('model').where('draft_id', '=', draft!);
  assert.equal((await round.executeTakeFirstOrThrow()).model, 'small');
  assert.match((await runEidolon(['status'], { home })).stdout, /ada: learning of its nights, begun .*refused/);
});

test('learning that is killed with its daemon leaves what was, and the next daemon goes on with it', {
  timeout: 300_000,
}, async () => {
  const home = await homeOf(300, { layers: 8 });
  const runs = path.join(home, 'data', 'learning', 'ada');
  {
    await using daemon = runDaemon(home);
    const { pid } = await daemon.logged(says('Night work begins: learn'));
    while (!existsSync(runs)) await wait(5);
    await daemon.end('SIGKILL');
    while (isAlive(pid!)) await wait(5);
  }
  await using store = storeIn(home);
  assert.deepEqual(await adaptersIn(store), []);
  const between = (await runEidolon(['status'], { home })).stdout;
  await rejectWaiting(store);

  await using daemon = runDaemon(home);
  await daemon.logged(WAITS);
  await daemon.logged(says('Learned'));

  assert.match(between, /ada: learning of its nights, begun .*cut off/);
  assert.equal((await adaptersIn(store)).length, 1);
});

test('learning whose process is killed is one line, kept for the status, and the daemon writes on with what it had', {
  timeout: 300_000,
}, async () => {
  const home = await homeOf(300, { layers: 8 });
  await using daemon = runDaemon(home);
  const { pid } = await daemon.logged(says('Night work begins: learn'));

  process.kill(pid!, 'SIGKILL');

  const { msg } = await daemon.logged(({ job, level }) => job === 'learn:ada' && level >= 40);
  await daemon.logged(WAITS);
  assert.match(msg, /killed|SIGKILL/);
  await using store = storeIn(home);
  assert.deepEqual(await adaptersIn(store), []);
});

test('too few decisions are a line, and no failure', { timeout: 300_000 }, async () => {
  const home = await homeOf(3);
  await using daemon = runDaemon(home);

  const { msg, level } = await daemon.logged(says('Nothing to learn'));

  assert.match(msg, /expected 20 approved texts to learn from/);
  assert.equal(level, 30);
});
