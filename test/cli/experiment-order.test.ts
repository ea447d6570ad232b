import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import type { ArmRow } from '../../src/cli/experiment-order.ts';
import { newestRun, type RunPlan, runIds } from '../../src/training/run/run-folder.ts';
import type { TrainingStep } from '../../src/training/train.ts';
import { writeRandomModel } from '../model/random-model.ts';
import { runEidolon } from './run-eidolon.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const home = mkdtempSync(path.join(tmpdir(), 'experiment-order-'));
after(() => rmSync(home, { recursive: true }));
writeRandomModel(path.join(home, 'models/small'), { deviation: 0.02 });

const ARMS = ['order', 'mixture', 'mine-alone'] as const;
const ORDER = ['experiment', 'order', 'ada', '--seeds', '2', '--steps', '6', '--json'];
const folder = path.join(home, 'data/experiments/order/ada');

function persona(corpora: Readonly<Record<string, string>>) {
  const own = path.join(home, 'personas/ada');
  rmSync(own, { recursive: true, force: true });
  mkdirSync(path.join(own, 'corpora'), { recursive: true });
  writeFileSync(
    path.join(own, 'persona.yaml'),
    'name: ada\nmodel: small\ncorpus: corpus.txt\ntrain: { learningRate: 0.01 }\n',
  );
  for (const [file, words] of Object.entries(corpora)) {
    const texts = Array.from({ length: 120 }, (_, index) => `The engine weaves ${words}, number ${index * 7}.`);
    writeFileSync(path.join(own, file), texts.join('\n\n'));
  }
}

interface ArmRun extends RunPlan {
  readonly nats: readonly number[];
  readonly losses: readonly TrainingStep[];
}

/** The finished trainings of an arm, by seed. */
function runsOf(arm: (typeof ARMS)[number]): ArmRun[] {
  const runs = path.join(folder, arm);
  return runIds(runs).map((id): ArmRun => JSON.parse(readFileSync(path.join(runs, id, 'run.json'), 'utf8')));
}

const learned = ({ losses }: ArmRun) => losses.filter(({ gradientNorm }) => gradientNorm > 0);

test('three arms of equal steps and other seeds are told with intervals, and a killed experiment goes on', async () => {
  persona({ 'corpus.txt': 'algebraic patterns', 'corpora/his.txt': 'flowers and leaves' });

  // Killed once the second training of the first arm is said to be under way.
  const child = spawn(process.execPath, [BIN, ...ORDER], {
    env: { ...process.env, EIDOLON_HOME: home },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  for await (const _ of createInterface(child.stderr)) if (newestRun(path.join(folder, 'order'))) child.kill('SIGKILL');
  await exited;
  const [finished] = runIds(path.join(folder, 'order'));
  const finishedFile = path.join(folder, 'order', finished!, 'run.json');
  const { mtimeMs } = statSync(finishedFile);

  assert.ok(!existsSync(path.join(folder, 'table.json')), 'it was killed on its way');

  const { status, stdout, stderr } = await runEidolon(ORDER, { home });

  assert.equal(status, 0, stderr);
  assert.equal(statSync(finishedFile).mtimeMs, mtimeMs, 'what was trained is not trained again');

  const runs = ARMS.map(runsOf);
  for (const ofArm of runs) {
    assert.equal(ofArm.length, 2);
    for (const run of ofArm) assert.equal(learned(run).length, 6);
    assert.notDeepEqual(ofArm[0]!.nats, ofArm[1]!.nats, 'another seed reads in another order');
  }
  assert.deepEqual([...new Set(learned(runs[0]![0]!).map(({ stage }) => stage))], [0, 1]);

  const rows: ArmRow[] = JSON.parse(stdout);
  assert.deepEqual(
    rows.map(({ arm }) => arm),
    ['order', 'mixture', 'mine alone'],
  );
  for (const { arm, bitsPerByte, seeds, difference } of rows) {
    assert.equal(seeds.length, 2);
    assert.ok(Math.abs(bitsPerByte - (seeds[0]! + seeds[1]!) / 2) < 1e-9, arm);
    if (arm === 'mine alone') assert.equal(difference, undefined);
    else assert.ok(difference!.low <= difference!.mean && difference!.mean <= difference!.high, arm);
  }
  const [order, , alone] = rows;
  assert.ok(Math.abs(order!.difference!.mean - (order!.bitsPerByte - alone!.bitsPerByte)) < 1e-9);
  assert.deepEqual(JSON.parse(readFileSync(path.join(folder, 'table.json'), 'utf8')), rows);
});

test('what is done is told at once, as a table for people', async () => {
  const drawn = await runEidolon(ORDER.slice(0, -1), { home });

  assert.equal(drawn.status, 0, drawn.stderr);
  assert.match(drawn.stdout, /READ +BITS\/BYTE +EACH SEED +AGAINST MINE ALONE +95 %\n/);
  assert.match(drawn.stdout, /order +\d\.\d{3} +\d\.\d{3} \d\.\d{3} +[+−]\d\.\d{3} +[+−]\d\.\d{3} to [+−]\d\.\d{3}\n/);
  assert.match(drawn.stdout, /mine alone +\d\.\d{3} +\d\.\d{3} \d\.\d{3}/);
  assert.doesNotMatch(drawn.stderr, /step/);
});

test('a persona with no other corpus is told how to have one', async () => {
  persona({ 'corpus.txt': 'algebraic patterns' });

  const { status, stderr } = await runEidolon(ORDER, { home });

  assert.equal(status, 1);
  assert.match(stderr, /expected another corpus beside its own, found none/);
});
