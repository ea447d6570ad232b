import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { loadPersona } from '../../src/persona/load-persona.ts';
import { peakMemory } from '../../src/training/memory-plan.ts';
import { type PlannedTraining, planTraining } from '../../src/training/plan-training.ts';
import { openRun } from '../../src/training/run/run-folder.ts';
import { losses, train } from '../../src/training/train.ts';
import { writeRandomModel } from '../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'plan-training-'));
after(() => rmSync(home, { recursive: true }));
writeRandomModel(path.join(home, 'models/small'), { deviation: 0.02 });
const persona = path.join(home, 'personas/ada');
mkdirSync(persona, { recursive: true });
const texts = Array.from({ length: 120 }, (_, index) => `The engine weaves patterns, number ${index * 7}.`);
writeFileSync(path.join(persona, 'corpus.txt'), texts.join('\n\n'));
writeFileSync(
  path.join(persona, 'persona.yaml'),
  'name: ada\nmodel: small\ncorpus: corpus.txt\ntrain: { learningRate: 0.01, epochs: 3 }\n',
);

const within = (memory: number) => planTraining(loadPersona(persona), home, new Date(0), { memory });

/** Plans of one training that has much memory, and that has the least it can do with. */
async function plans(): Promise<readonly [PlannedTraining, PlannedTraining]> {
  const roomy = await within(2 ** 36);
  const { microBatch, accumulate } = roomy.job.settings;
  const { batch, length } = microBatch;
  const least = { shape: { batch: 1, length }, accumulate: accumulate * batch, recompute: true };
  return [roomy, await within(peakMemory(roomy.job.config, { kind: 'full' }, least))];
}

/** Makes so many steps more, or all. */
async function learn({ job }: PlannedTraining, folder: string, most = Number.POSITIVE_INFINITY) {
  let made = 0;
  for await (const { gradientNorm } of train({ ...job, folder })) {
    if (gradientNorm > 0) made++;
    if (made >= most) break;
  }
  return losses(folder);
}

test('a training that is given other memory is cut up otherwise, and is the same', async () => {
  const [roomy, tight] = await plans();

  assert.notDeepEqual(tight.job.settings.microBatch, roomy.job.settings.microBatch);
  assert.equal(tight.plan.fingerprint, roomy.plan.fingerprint);
  assert.deepEqual(
    tight.job.stages.map(({ steps, warmupSteps, evaluateEvery }) => [steps, warmupSteps, evaluateEvery]),
    roomy.job.stages.map(({ steps, warmupSteps, evaluateEvery }) => [steps, warmupSteps, evaluateEvery]),
  );
});

test('a run that goes on with other memory reads on where it was, and ends as one that was not stopped', async () => {
  const [roomy, tight] = await plans();
  const runs = path.join(home, 'runs');
  const whole = await learn(roomy, path.join(home, 'whole'));
  await learn(roomy, openRun(runs, roomy.plan).folder, 2);

  const { folder, isResumed } = openRun(runs, tight.plan);
  const goneOn = await learn(tight, folder);

  assert.ok(isResumed);
  assert.deepEqual(
    goneOn.map(({ step, tokens }) => [step, tokens]),
    whole.map(({ step, tokens }) => [step, tokens]),
  );
  goneOn.forEach(({ step, loss }, index) => {
    assert.ok(Math.abs(loss - whole[index]!.loss) < 0.001, `step ${step}: ${loss}, not ${whole[index]!.loss}`);
  });
  assert.ok(whole.at(-1)!.loss < whole[0]!.loss - 0.5, 'it learned');
});
