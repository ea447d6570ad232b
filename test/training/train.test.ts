import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { randomFrom } from '../../src/random.ts';
import { loadCheckpoint, loadTensors } from '../../src/training/checkpoint.ts';
import { initialParameters } from '../../src/training/initial-parameters.ts';
import {
  bestParameters,
  DEFAULTS,
  losses,
  type TrainingJob,
  type TrainingStep,
  train,
} from '../../src/training/train.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-train-'));
after(() => rmSync(home, { recursive: true }));

const config = {
  n_layer: 2,
  n_head: 2,
  n_embd: 16,
  n_inner: 32,
  n_positions: 16,
  vocab_size: 40,
  layer_norm_epsilon: 1e-5,
  tie_word_embeddings: true,
};
/** Counting upwards from a random start, with a step of one or two: easy to learn, impossible to guess. */
function counting(length: number, seed: number): Uint32Array {
  const random = randomFrom(seed);
  const stride = () => (random() < 0.9 ? 1 : 2);
  let token = 0;
  return Uint32Array.from({ length }, () => (token = (token + stride()) % config.vocab_size));
}

function jobIn(folder: string, settings: Partial<TrainingJob['settings']> = {}): TrainingJob {
  return {
    config,
    initial: initialParameters(config, 1),
    train: counting(2000, 1),
    validation: counting(300, 2),
    folder: path.join(home, folder),
    settings: {
      ...DEFAULTS,
      microBatch: { batch: 2, length: 16 },
      accumulate: 2,
      steps: 30,
      warmupSteps: 5,
      learningRate: 1e-2,
      evaluateEvery: 10,
      ...settings,
    },
  };
}

async function run(job: TrainingJob, stopAfter = Number.POSITIVE_INFINITY): Promise<TrainingStep[]> {
  const steps: TrainingStep[] = [];
  for await (const step of train(job)) {
    steps.push(step);
    if (step.step === stopAfter) break;
  }
  return steps;
}

test('a network that is trained predicts held-out tokens better, and the best parameters are kept', async () => {
  const job = jobIn('better');

  const steps = await run(job);

  const looks = steps.filter(({ validationLoss }) => validationLoss !== undefined);
  assert.deepEqual(
    looks.map(({ step }) => step),
    [0, 10, 20, 30],
  );
  const [untrained, trained] = [looks.at(0)!.validationLoss!, looks.at(-1)!.validationLoss!];
  assert.ok(Math.abs(untrained - Math.log(config.vocab_size)) < 0.1, `an untrained network guesses: ${untrained}`);
  assert.ok(trained < 0.7 * untrained, `${untrained} → ${trained}`);
  assert.equal(bestParameters(job.folder).size, job.initial.size);
  assert.deepEqual(losses(job.folder), steps);
});

test('a training that is stopped, or killed after its checkpoint, goes on to the very same losses', async () => {
  const whole = await run(jobIn('whole'));

  const stopped = await run(jobIn('stopped'), 14);
  const resumed = await run(jobIn('stopped'));

  assert.deepEqual(
    resumed.map(({ step }) => step),
    whole.slice(15).map(({ step }) => step),
  );
  const lossOf = ({ loss }: TrainingStep) => loss;
  assert.deepEqual([...stopped, ...resumed].map(lossOf), whole.map(lossOf));
  assert.deepEqual(losses(jobIn('stopped').folder).map(lossOf), whole.map(lossOf));
});

test('a checkpoint of another training is refused in one line, and left as it is', async () => {
  await run(jobIn('other'), 10);
  const before = readFileSync(path.join(home, 'other/latest/progress.json'));

  await assert.rejects(run(jobIn('other', { seed: 2 })), /holds a training with other data or settings/);

  assert.deepEqual(readFileSync(path.join(home, 'other/latest/progress.json')), before);
});

test('training ends when the validation loss has not fallen for as many looks as patience allows', async () => {
  const steps = await run(jobIn('patient', { learningRate: 0, evaluateEvery: 5, patience: 2 }));

  assert.equal(steps.at(-1)?.step, 10);
});

test('a loss that is not a number stops the training before the checkpoint is touched', async () => {
  const job = jobIn('broken', { learningRate: 1e-2 });
  await run(job, 10);
  const fine = loadTensors(path.join(job.folder, 'latest/parameters.safetensors'));

  const broken = {
    ...job,
    folder: path.join(home, 'nan'),
    initial: new Map([...fine, ['ln_f.bias', new Float32Array(16).fill(Number.NaN)]]),
  };
  await assert.rejects(run(broken), /The loss of step \d+ is NaN/);

  assert.equal(loadCheckpoint(broken.folder, 'none'), undefined);
});
