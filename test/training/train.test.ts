import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { bestModel, latestModel, loadCheckpoint } from '../../src/training/run/checkpoint.ts';
import { losses, type Stage, type TrainingJob, type TrainingStep, train } from '../../src/training/train.ts';
import { adapterJob, countingJob, documents, STAGE, VOCABULARY } from './counting-job.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-train-'));
after(() => rmSync(home, { recursive: true }));
const jobIn = (
  folder: string,
  ...rest: Parameters<typeof countingJob> extends [string, ...infer Rest] ? Rest : never
) => countingJob(path.join(home, folder), ...rest);

async function run(job: TrainingJob, stopAfter = Number.POSITIVE_INFINITY): Promise<TrainingStep[]> {
  const steps: TrainingStep[] = [];
  for await (const step of train(job)) {
    steps.push(step);
    if (step.step === stopAfter) break;
  }
  return steps;
}

const lossOf = ({ loss }: TrainingStep) => loss;

test('a network that is trained predicts held-out tokens better, and its best is a model of its own', async () => {
  const job = jobIn('better');

  const steps = await run(job);

  const looks = steps.filter(({ validationLoss }) => validationLoss !== undefined);
  assert.deepEqual(
    looks.map(({ step }) => step),
    [0, 10, 20, 30],
  );
  const [untrained, trained] = [looks.at(0)!.validationLoss!, looks.at(-1)!.validationLoss!];
  assert.ok(Math.abs(untrained - Math.log(VOCABULARY)) < 0.1, `an untrained network guesses: ${untrained}`);
  assert.ok(trained < 0.7 * untrained, `${untrained} → ${trained}`);
  assert.deepEqual(readModelFolder(bestModel(job.folder)).config, job.config);
  assert.deepEqual(losses(job.folder), steps);
});

test('a training that is stopped goes on to the very same losses', async () => {
  const whole = await run(jobIn('whole'));

  const stopped = await run(jobIn('stopped'), 14);
  const resumed = await run(jobIn('stopped'));

  assert.deepEqual(
    resumed.map(({ step }) => step),
    whole.slice(15).map(({ step }) => step),
  );
  assert.deepEqual([...stopped, ...resumed].map(lossOf), whole.map(lossOf));
  assert.deepEqual(losses(jobIn('stopped').folder).map(lossOf), whole.map(lossOf));
});

test('so does that of an adapter, which learns while its base stays as it is', async () => {
  const [base, other] = ['base', 'base too'].map((name) => path.join(home, name)) as [string, string];
  const whole = await run(adapterJob(path.join(home, 'adapter'), base));
  const before = readFileSync(path.join(base, 'model.safetensors'));

  const stopped = await run(adapterJob(path.join(home, 'adapter stopped'), other), 14);
  const resumed = await run(adapterJob(path.join(home, 'adapter stopped'), other));

  assert.deepEqual([...stopped, ...resumed].map(lossOf), whole.map(lossOf));
  assert.ok(whole.at(-1)!.validationLoss! < whole[0]!.validationLoss! - 0.02, `${whole.at(-1)!.validationLoss}`);
  assert.equal(readModelFolder(bestModel(path.join(home, 'adapter'))).adapter?.r, 4);
  assert.deepEqual(readFileSync(path.join(base, 'model.safetensors')), before);
});

/** In a process of its own, which prints every step. */
const PROGRAM = [path.join(import.meta.dirname, 'train-counting.ts')];

test('a training killed with kill -9, in whatever step, ends at the same held-out loss', async () => {
  const whole = await run(jobIn('unharmed'));
  const folder = path.join(home, 'killed');

  for (const killedAfter of [3, 12, 20]) {
    const child = spawn(process.execPath, [...PROGRAM, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface(child.stdout))
      if (JSON.parse(line).step >= killedAfter) child.kill('SIGKILL');
  }
  const resumed = await run(countingJob(folder));

  assert.ok(resumed.length < whole.length, 'not all steps were made again');
  assert.deepEqual(losses(folder).map(lossOf), whole.map(lossOf));
  assert.equal(losses(folder).at(-1)?.validationLoss, whole.at(-1)?.validationLoss);
});

test('a full disk ends a training in one line, and the last checkpoint stays whole', async () => {
  const folder = path.join(home, 'full');
  await run(countingJob(folder), 10);

  // The limit on a file's size stands in for the disk's end: the same failed write, wherever the test runs.
  const limited = spawnSync('bash', ['-c', `ulimit -f 8; exec "$0" "$@"`, process.execPath, ...PROGRAM, folder], {
    encoding: 'utf8',
  });

  assert.match(limited.stderr, /expected space for a training, found \d+ MB free/);
  assert.doesNotMatch(limited.stderr, /\n\s+at /);
  assert.equal(limited.status, 1);
  const job = countingJob(folder);
  assert.equal(loadCheckpoint(folder, job.files)?.progress.step, 10);
  assert.ok(!existsSync(`${latestModel(folder)}.unfinished`));
  const whole = await run(countingJob(path.join(home, 'whole too')));
  assert.deepEqual((await run(job)).map(lossOf), whole.slice(-20).map(lossOf));
});

test('a stage ends when the validation loss has not fallen for as many looks as patience allows', async () => {
  const stages = [{ ...STAGE, evaluateEvery: 5 }];

  const steps = await run(jobIn('patient', { learningRate: 0, patience: 2 }, stages));

  assert.equal(steps.at(-1)?.step, 10);
});

test('stages follow each other, each from the best of the one before, and every corpus is looked at after each', async () => {
  const [up, down] = [documents(60, 1, 1), documents(60, 2, -1)];
  const corpora = { up: { name: 'up', documents: up, share: 1 }, down: { name: 'down', documents: down, share: 1 } };
  const stages: Stage[] = [
    { ...STAGE, corpora: [corpora.up], steps: 60 },
    { ...STAGE, corpora: [corpora.down], steps: 60 },
  ];
  const validation = new Map([
    ['up', documents(10, 3, 1)],
    ['down', documents(10, 4, -1)],
  ]);
  const job = (folder: string) => ({ ...jobIn(folder, {}, stages), validation });

  const whole = await run(job('stages'));
  const stopped = await run(job('stages stopped'), 67);
  const resumed = await run(job('stages stopped'));

  const compared = whole.flatMap(({ stageLosses }) => (stageLosses ? [stageLosses] : []));
  assert.equal(compared.length, 3, 'before, and after each stage');
  const [before, learnedUp, learnedDown] = compared as [Losses, Losses, Losses];
  assert.ok(learnedUp.up! < 0.8 * before.up!, 'the first stage learns the first corpus');
  assert.ok(learnedDown.down! < 0.8 * learnedUp.down!, 'the second the second');
  assert.ok(learnedDown.up! > learnedUp.up!, 'and forgets the first');
  assert.deepEqual([...stopped, ...resumed].map(lossOf), whole.map(lossOf));
});

type Losses = Readonly<Record<string, number>>;

test('a checkpoint is read to where the training moves it, so that nothing is in memory twice', async () => {
  const job = jobIn('read');
  await run(job, 10);

  const { state } = loadCheckpoint(job.folder, job.files)!;

  for (const part of [state.parameters, state.means, state.variances]) {
    for (const [name, { buffer }] of part) assert.ok(buffer instanceof SharedArrayBuffer, name);
  }
});

test('a loss that is not a number stops the training before there is a checkpoint of it', async () => {
  const job = jobIn('broken');
  await run(job, 10);
  const fine = new Map(job.files.read(latestModel(job.folder)));

  const broken = {
    ...job,
    folder: path.join(home, 'nan'),
    initial: () => new Map([...fine, ['ln_f.bias', new Float32Array(16).fill(Number.NaN)] as const]),
  };
  await assert.rejects(run(broken), /loss after step 0 is NaN/);

  assert.equal(loadCheckpoint(broken.folder, broken.files), undefined);
  assert.equal(readFileSync(path.join(broken.folder, 'losses.jsonl'), 'utf8'), '');
});
