import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { isAlive } from '../../../src/daemon/lock.ts';
import { approve } from '../../../src/review/decide.ts';
import { openStore, storeFile } from '../../../src/store/store.ts';
import { writeRandomModel } from '../../model/random-model.ts';
import { BIN, type LogLine, type RunningDaemon, runDaemon } from '../running-daemon.ts';
import { toyHome } from '../toy-home.ts';

/** Lines that are alike enough to be learned within seconds, and different enough not to be known by heart. */
const CORPUS = Array.from({ length: 200 }, (_, index) => `The engine weaves algebra, number ${(index * 7919) % 1000}.`);
const NEVER_ENDS = 'learningRate: 0.000001, stages: [{ corpora: { mine: 1 }, steps: 100000 }]';

interface Trained {
  readonly train: string;
  readonly nights?: string;
  readonly model?: string;
  readonly corpus?: readonly string[];
}

/** A home with one persona, ada, who may train at any time of the day. */
function homeOf(trained: Trained): string {
  const home = toyHome();
  writeRandomModel(path.join(home, 'models', 'small'), { deviation: 0.02 });
  mkdirSync(path.join(home, 'personas', 'ada'), { recursive: true });
  const { corpus = CORPUS } = trained;
  if (corpus.length > 0) writeFileSync(path.join(home, 'personas', 'ada', 'corpus.txt'), corpus.join('\n\n'));
  settle(home, trained);
  return home;
}

function settle(home: string, { train, nights = "every: 7d, between: '00:00-24:00'", model = 'toy' }: Trained): void {
  const yaml = [
    'name: ada',
    `model: ${model}`,
    'sampling: { temperature: 1, topP: 1, maxTokens: 32 }',
    'quality: { candidates: 64, keep: 3 }',
    'length: { min: 1, max: 500 }',
    'queue: { ahead: 2 }',
    'undo: 0s',
    'corpus: corpus.txt',
    `train: { from: small, ${train}, nights: { ${nights} } }`,
  ];
  writeFileSync(path.join(home, 'personas', 'ada', 'persona.yaml'), `${yaml.join('\n')}\n`);
}

const says = (msg: string) => (line: LogLine) => line.msg.startsWith(msg);
const BEGINS = says('Night work begins');

/** Its process is a child of the daemon's, so nobody here can wait for its end but by looking. */
async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await wait(20);
}

async function firstStep(home: string): Promise<void> {
  while (statusOf(home).training?.loss == null) await wait(20);
}

function statusOf(home: string) {
  const { stdout, stderr, status } = eidolon(home, 'status', '--json');
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout).personas[0];
}

function eidolon(home: string, ...argv: readonly string[]) {
  return spawnSync(process.execPath, [BIN, ...argv], { encoding: 'utf8', env: { ...process.env, EIDOLON_HOME: home } });
}

function runsOf(home: string): string[] {
  return readdirSync(path.join(home, 'data', 'runs', 'ada')).filter((name) => /^\d/.test(name));
}

function stepsOf(home: string): number[] {
  const [run = ''] = runsOf(home);
  const text = readFileSync(path.join(home, 'data', 'runs', 'ada', run, 'losses.jsonl'), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).step);
}

function disposableStore(home: string) {
  const store = openStore(storeFile(home));
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
}

async function publishOne(home: string, daemon: RunningDaemon): Promise<void> {
  const { draft } = await daemon.logged(says('A draft waits'));
  await using store = disposableStore(home);
  await approve(store, { draftId: draft!, now: new Date(), undoMs: 0 });
  await daemon.logged(says('Published'));
}

test('a post is written and goes out while a training runs at the lowest priority, which ends with the daemon', async () => {
  const home = homeOf({ train: NEVER_ENDS });
  await using daemon = runDaemon(home);
  const { pid } = await daemon.logged(BEGINS);
  await firstStep(home);

  await publishOne(home, daemon);

  assert.ok(isAlive(pid!), 'it trains on');
  assert.equal(getPriority(pid), 19);
  assert.match(
    eidolon(home, 'status').stdout,
    new RegExp(`ada: is being trained by process ${pid}, since .*: step \\d+ of`),
  );
  assert.match(
    eidolon(home, 'why', 'ada').stdout.replace(/\s+/g, ' '),
    new RegExp(`Is being trained by process ${pid}`),
  );
  const { code, ms } = await daemon.end('SIGTERM');
  assert.equal(code, 0);
  assert.ok(ms < 5000, `${ms} ms`);
  await gone(pid!);
});

test('a training ends with a daemon that was killed, and the next daemon goes on with it', async () => {
  const home = homeOf({ train: NEVER_ENDS });
  {
    await using daemon = runDaemon(home);
    const { pid } = await daemon.logged(BEGINS);
    await firstStep(home);
    await daemon.end('SIGKILL');
    await gone(pid!);
  }
  const before = stepsOf(home).length;

  await using daemon = runDaemon(home);
  const { pid } = await daemon.logged(BEGINS);
  while (stepsOf(home).length <= before) await wait(20);
  await daemon.end('SIGTERM');
  await gone(pid!);

  const steps = stepsOf(home);
  assert.deepEqual(steps, [...steps.keys()], 'no step is missing and none made twice');
  assert.equal(runsOf(home).length, 1);
});

test('a training stops when its hours are over, keeps what it has, and goes on in the next ones', async () => {
  const home = homeOf({ train: NEVER_ENDS });
  await using daemon = runDaemon(home);
  const { pid } = await daemon.logged(BEGINS);
  await firstStep(home);

  settle(home, { train: NEVER_ENDS, nights: `every: 7d, between: ${hoursFromNow(6, 7)}` });
  const { msg } = await daemon.logged(says('Training stopped'));
  const reached = Number(/after step (\d+)/.exec(msg)?.[1]);
  await gone(pid!);
  assert.match(
    eidolon(home, 'status').stdout,
    /training of its nights, begun .*, was stopped: Training stopped after step/,
  );
  settle(home, { train: NEVER_ENDS });
  const again = await daemon.logged((line) => BEGINS(line) && line.pid !== pid);
  while ((stepsOf(home).at(-1) ?? 0) <= reached) await wait(20);

  await daemon.end('SIGTERM');
  await gone(again.pid!);
  const steps = stepsOf(home);
  assert.deepEqual(steps, [...steps.keys()], 'no step is missing and none made twice');
  assert.equal(runsOf(home).length, 1);
});

/** Hours of the day in UTC that begin so many hours from now. */
function hoursFromNow(from: number, to: number): string {
  const clock = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
  return `'${clock(from)}-${clock(to)}'`;
}

test('what the gate lets in is what the running daemon writes with, and the same texts are not trained on again', {
  timeout: 60_000,
}, async () => {
  const learns = { train: 'learningRate: 0.01, epochs: 3', model: 'ada', nights: "every: 1s, between: '00:00-24:00'" };
  const home = homeOf(learns);
  cpSync(path.join(home, 'models', 'toy'), path.join(home, 'models', 'ada'), { recursive: true });
  writeFileSync(path.join(home, 'models', 'ada', 'run.json'), '{ "parent": "small" }');
  await using daemon = runDaemon(home);
  await daemon.logged(says('A draft waits'));

  await daemon.logged(says('Trained, and models/ada is this one now'));
  await publishOne(home, daemon); // so that another is written
  await daemon.logged(says('Nothing to train: the corpus is as it was'));

  await using store = disposableStore(home);
  const models = () => store.db.selectFrom('rounds').select('model_hash').distinct().execute();
  while ((await models()).length < 2) await wait(20);
  assert.equal(runsOf(home).length, 1);
});

test('what the gate refuses is told by the log and the status, and the model stays as it was', async () => {
  const home = homeOf({ train: 'learningRate: 1, epochs: 1' });
  await using daemon = runDaemon(home);

  const { level, outcome } = await daemon.logged(says('Trained, but the gate refused it'));

  assert.deepEqual([level, outcome], [40, 'refused']);
  assert.match(
    eidolon(home, 'status').stdout,
    /ada: .*was refused: Trained, but the gate refused it, and models\/ada stays/,
  );
  assert.match(eidolon(home, 'status').stdout, /ada: training of its nights may begin in 7 days/);
  assert.ok(!readdirSync(path.join(home, 'models')).includes('ada'));
});

test('a training that cannot be done is one line, kept for the status, and not tried again at once', async () => {
  const home = homeOf({ train: 'epochs: 1', corpus: ['Alone.'] });
  await using daemon = runDaemon(home);

  const failed = await daemon.logged(({ job, level }) => job === 'train:ada' && level >= 40);
  await publishOne(home, daemon); // some ticks later

  assert.match(failed.msg, /^Failed: .*corpus.txt: expected texts enough to learn from/);
  assert.equal(daemon.lines.filter(({ level }) => level >= 40).length, 1);
  assert.match(eidolon(home, 'why', 'ada').stdout.replace(/\s+/g, ' '), /failed: .*corpus.txt: expected texts enough/);
});
