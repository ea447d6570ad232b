import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { batchOf } from '../../../src/training/data/batches.ts';
import type { Row } from '../../../src/training/data/packing.ts';
import { keepBatches, type ReadStep, readBatches } from '../../../src/training/run/batch-log.ts';
import { losses, type TrainingJob, train } from '../../../src/training/train.ts';
import { createTrainable, freshState } from '../../../src/training/trainable.ts';
import { countingJob, documents, STAGE } from '../counting-job.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-batches-'));
after(() => rmSync(home, { recursive: true }));

const [upwards, downwards] = [documents(12, 1), documents(12, 3, -1)];
/** Longer than a row, so that they are read in parts. */
const long = downwards.map(({ tokens, ...one }) => ({ ...one, tokens: Uint32Array.from([...tokens, ...tokens]) }));
const corpora = { up: upwards, down: long };
/** Both corpora have documents by the same names, as a persona's own texts and its conversations do. */
const stages = [
  { ...STAGE, steps: 4, corpora: [{ name: 'down', documents: long, share: 1 }] },
  {
    ...STAGE,
    steps: 6,
    corpora: [
      { name: 'up', documents: upwards, share: 1 },
      { name: 'down', documents: long, share: 1 },
    ],
  },
];
const validation = new Map(Object.keys(corpora).map((name) => [name, documents(5, 2)] as const));
const jobIn = (folder: string, learningRate = 1e-2): TrainingJob => ({
  ...countingJob(path.join(home, folder), { learningRate, seed: 7 }, stages),
  validation,
});

async function run(job: TrainingJob, stopAfter = Number.POSITIVE_INFINITY): Promise<void> {
  for await (const { step } of train(job)) if (step === stopAfter) break;
}

/** The rows of a step, made of nothing but what was written down and the documents that it names. */
function rowsOf({ rows }: ReadStep): Row[] {
  return rows.map((row) =>
    row.map(([corpus, id, start = 0, end]) => {
      const document = corpora[corpus as keyof typeof corpora].find((one) => one.id === id)!;
      return { document, start, end: end ?? document.tokens.length - 1 };
    }),
  );
}

test('what is written down of every step is what it was trained on: its loss and its tokens follow from that', async () => {
  const job = jobIn('still', 0); // so that each step is computed with what the parameters were before the first
  await run(job);
  const { microBatch, accumulate } = job.settings;
  const untrained = await createTrainable(job.config, job.settings.method, freshState(job.initial()), {
    shape: microBatch,
    adamW: job.settings,
  });

  const steps = [...readBatches(job.folder)];
  const made = losses(job.folder).filter(({ gradientNorm }) => gradientNorm > 0);

  assert.deepEqual(
    steps.map(({ step }) => step),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
  let tokens = 0;
  for (const [index, step] of steps.entries()) {
    const rows = rowsOf(step);
    assert.equal(rows.length, microBatch.batch * accumulate);
    let [sum, weight] = [0, 0];
    for (let at = 0; at < rows.length; at += microBatch.batch) {
      const batch = batchOf(rows.slice(at, at + microBatch.batch), microBatch);
      sum += await untrained.evaluate(batch);
      weight += batch.weights.reduce((total, one) => total + one, 0);
    }
    tokens += weight;
    assert.equal(made[index]!.tokens, tokens);
    assert.ok(Math.abs(made[index]!.loss - sum / weight) < 1e-6, `step ${step.step}: ${made[index]!.loss}, ${sum}`);
  }
  await untrained.release();
  const read = steps.map(({ rows }) => new Set(rows.flat().map(([corpus]) => corpus)));
  assert.deepEqual([...read[0]!], ['down'], 'the first stage reads the one corpus');
  assert.deepEqual([...read[5]!].sort(), ['down', 'up'], 'the second one both');
  assert.ok(steps.some(({ rows }) => rows.flat().some(([, , start]) => start !== undefined && start > 0)));
});

test('a training that is stopped, and written to after its last checkpoint, has written down the same in the end', async () => {
  await run(jobIn('whole'));
  const job = jobIn('stopped');

  await run(job, 6);
  appendFileSync(path.join(job.folder, 'batches.jsonl'), '{"step":7,"rows":[]}\n{"step":8,"rows":[[["up","');
  await run(job);

  const [whole, stopped] = ['whole', 'stopped'].map((name) => readFileSync(path.join(home, name, 'batches.jsonl')));
  assert.deepEqual(stopped, whole);
});

test('a line that is being written is not read yet, and a run from before batches were written down has none', () => {
  const folder = mkdtempSync(path.join(home, 'live-'));
  assert.deepEqual([...readBatches(folder)], []);
  keepBatches(folder, 3);
  appendFileSync(path.join(folder, 'batches.jsonl'), '{"step":1,"rows":[[["up","5"]]]}\n{"step":2,"rows":[[["up"');

  assert.deepEqual([...readBatches(folder)], [{ step: 1, rows: [[['up', '5']]] }]);
});
