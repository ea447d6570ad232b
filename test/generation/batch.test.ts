import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { Batch } from '../../src/generation/batch.ts';
import { type GenerationRequest, generate, writingOf } from '../../src/generation/generate.ts';
import { adaptedModel, type Model, openModel } from '../../src/model/model.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { quantizeModel } from '../../src/model/quantization/quantize-model.ts';
import { readTensor, writeSafetensors } from '../../src/model/safetensors.ts';
import { writeRandomAdapter } from '../model/random-adapter.ts';
import { writeRandomModel } from '../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-batch-'));
after(() => rmSync(home, { recursive: true, force: true }));
/** Heads of 12 floats are no multiple of 8, and 3 layers of 24 no multiple of 16. */
const folder = writeRandomModel(path.join(home, 'base'), { n_embd: 24, n_layer: 3, deviation: 0.4 });
const base = await openModel(folder);
const adapters = await Promise.all(
  [
    { seed: 2, r: 4 },
    { seed: 3, r: 16, targetModules: ['c_attn'] },
    { seed: 4, r: 40, targetModules: ['c_fc', 'mlp.c_proj'] },
    { seed: 5, r: 1 },
  ].map((settings, index) =>
    adaptedModel(base, writeRandomAdapter(path.join(home, `adapter-${index}`), { base: folder, ...settings })),
  ),
);
const models: readonly Model[] = [base, ...adapters];
/** In blocks of 256, whose rows the runtime reads in pairs. */
const coded = await openModel(
  await quantizeModel(writeRandomModel(path.join(home, 'broad'), { n_embd: 256, n_head: 4, deviation: 0.1 }), {
    bits: 8,
  }),
);
const adapterOfCoded = writeRandomAdapter(path.join(home, 'beside-codes'), {
  base: path.join(home, 'broad'),
  seed: 6,
  r: 4,
});
const codedModels: readonly Model[] = [coded, await adaptedModel(coded, adapterOfCoded)];

const sampling = { temperature: 0.9, topK: 0, topP: 0.95, repetitionPenalty: 1, maxTokens: 20 };
const request: GenerationRequest = { prompt: 'It is a truth', count: 3, seed: 11, sampling };

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Bytes that somebody still holds: what nobody does is let go in the background, so it is looked at until it stays. */
async function arrayBuffers(): Promise<number> {
  let [before, now] = [-1, process.memoryUsage().arrayBuffers];
  for (let looks = 0; looks < 100 && (looks < 5 || now !== before); looks++) {
    collectGarbage();
    await turn();
    [before, now] = [now, process.memoryUsage().arrayBuffers];
  }
  return now;
}

async function finish(batch: Batch): Promise<void> {
  while (!batch.isIdle) await batch.step();
}

/** A row that was set aside comes back while the prompt of another text, of which no row has entered, is in memory. */
const comesBack = [
  { count: 1, maxTokens: 4, comesAfter: 5, priority: 0 },
  { count: 2, maxTokens: 2, comesAfter: 6, priority: 0 },
  { count: 2, maxTokens: 2, comesAfter: 7, priority: 1 },
].map((request) => ({ model: 0, prompt: '', seed: 0, topP: 0.5, repetitionPenalty: 1, ...request }));

for (const [stored, models, runs] of [
  ['as floats', [base, ...adapters], 25],
  ['in codes', codedModels, 12],
] as const) {
  test(`whatever else shares the batch, a seed writes the same text at the same log-probabilities, to the bit, of weights ${stored}`, async () => {
    const requests = fc.array(
      fc.record({
        model: fc.nat(models.length - 1),
        prompt: fc.constantFrom('', 'It is a truth', 'No one would have believed in the last years of the century'),
        count: fc.integer({ min: 1, max: 4 }),
        seed: fc.nat(1000),
        topP: fc.constantFrom(0.5, 0.95, 1),
        repetitionPenalty: fc.constantFrom(1, 1.2),
        maxTokens: fc.integer({ min: 1, max: 24 }),
        comesAfter: fc.nat(8),
        priority: fc.nat(2),
      }),
      { minLength: 1, maxLength: 7 },
    );
    await fc.assert(
      fc.asyncProperty(requests, fc.integer({ min: 1, max: 9 }), async (all, places) => {
        const asked = all.map(({ model, prompt, count, seed, comesAfter, priority, ...settings }) => ({
          model: models[model]!,
          request: { prompt, count, seed, sampling: { ...sampling, ...settings } },
          comesAfter,
          priority,
        }));
        const batch = new Batch(models[0]!, places);
        const written: Promise<unknown>[] = [];
        for (let step = 0; step <= 8 || !batch.isIdle; step++) {
          for (const { model, request, comesAfter, priority } of asked) {
            if (comesAfter === step) written.push(batch.write({ ...writingOf(model, request), priority }));
          }
          await batch.step();
        }

        const together = await Promise.all(written);

        const inOrder = asked.toSorted((a, b) => a.comesAfter - b.comesAfter);
        for (const [index, { model, request }] of inOrder.entries()) {
          assert.deepEqual(together[index], await generate(model, request));
        }
      }),
      { numRuns: runs, examples: [[comesBack, 2]] },
    );
  });
}

test('an adapter says something else than its base and than another one, in one batch', async () => {
  const batch = new Batch(base);
  const written = models.map((model) => batch.write(writingOf(model, request)));

  await finish(batch);

  const texts = (await Promise.all(written)).map((rows) => rows.map(({ text }) => text).join());
  assert.equal(new Set(texts).size, models.length);
});

test('rows that are finished leave, and those that wait enter', async () => {
  const batch = new Batch(base, 2);
  const written = batch.write(writingOf(base, { ...request, count: 5 }));

  await batch.step();
  const { rows } = batch.figures();
  await finish(batch);

  assert.equal(rows, 2);
  assert.equal((await written).length, 5);
  assert.equal(batch.figures().rows, 0);
});

test('a request that is cancelled has left the batch before the next step, and the others go on', async () => {
  const batch = new Batch(base);
  const cancel = new AbortController();
  const cancelled = assert.rejects(batch.write(writingOf(base, { ...request, count: 6 }, { signal: cancel.signal })), {
    name: 'AbortError',
  });
  const kept = batch.write(writingOf(base, { ...request, count: 2 }));
  await batch.step();
  const before = batch.figures().rows;

  cancel.abort();
  await batch.step();

  const after = batch.figures().rows;
  await cancelled;
  await finish(batch);
  assert.deepEqual([before, after], [8, 2]);
  assert.deepEqual(await kept, await generate(base, { ...request, count: 2 }));
});

test('a request of a higher priority makes room for itself, and who made room writes on where it was', async () => {
  const batch = new Batch(base, 3);
  const order: string[] = [];
  const post = batch.write(writingOf(base, request)).finally(() => order.push('post'));
  for (let step = 0; step < 5; step++) await batch.step();
  const person = batch
    .write({ ...writingOf(base, { ...request, seed: 50 }), priority: 2 })
    .finally(() => order.push('person'));

  await finish(batch);

  assert.deepEqual(await post, await generate(base, request));
  assert.deepEqual(await person, await generate(base, { ...request, seed: 50 }));
  assert.deepEqual(order, ['person', 'post']);
});

test('a model that gives no numbers fails its request alone', async () => {
  const broken = writeRandomModel(path.join(home, 'broken'), { n_embd: 24, n_layer: 3 });
  const { weights } = readModelFolder(broken);
  const tensors = [...weights.tensors.values()].map(({ name, shape }) => ({
    name,
    shape,
    dtype: 'F32' as const,
    data: readTensor(weights, name),
  }));
  tensors.find(({ name }) => name === 'h.1.ln_2.bias')?.data.fill(Number.NaN);
  writeSafetensors(path.join(broken, 'model.safetensors'), tensors);

  await assert.rejects(generate(await openModel(broken), request), /The model broken .* not a number/);
});

test('an adapter with something that is not a number is refused by its file and tensor', async () => {
  const damaged = path.join(home, 'damaged');
  writeRandomAdapter(damaged, { base: folder, deviation: Number.NaN });

  await assert.rejects(adaptedModel(base, damaged), /damaged.*lora_A/);
});

test('a text that is set aside for a longer one, or for one of another adapter, goes on as it would have alone', async () => {
  const long = await openModel(writeRandomModel(path.join(home, 'long'), { n_positions: 256 }));
  const [one, another] = await Promise.all([30, 31].map((seed) => adapterOf(`alike-${seed}`, seed)));
  for (const [model, other, maxTokens] of [
    [long, long, 200],
    [one!, another!, 20],
  ] as const) {
    const urgent = { ...request, count: 1, seed: 5, sampling: { ...sampling, maxTokens } };
    const post = { ...request, count: 1 };
    const batch = new Batch(model, 1);
    const written = batch.write(writingOf(model, post));
    for (let step = 0; step < 3; step++) await batch.step();

    const before = batch.write({ ...writingOf(other, urgent), priority: 1 });
    await finish(batch);

    assert.deepEqual(await written, await generate(model, post));
    assert.deepEqual(await before, await generate(other, urgent));
  }
});

/** Of rank 4, beside the base. */
async function adapterOf(name: string, seed: number, deviation = 0.4): Promise<Model> {
  const written = writeRandomAdapter(path.join(home, name), { base: folder, seed, r: 4, deviation });
  return Number.isNaN(deviation) ? base : await adaptedModel(base, written);
}

test('an adapter whose file is damaged after it was opened fails whoever asked it, and nobody beside', async () => {
  const models = await Promise.all(['before', 'to-be-damaged', 'behind'].map((name, at) => adapterOf(name, 20 + at)));
  const together = async () => {
    const batch = new Batch(base);
    const written = models.map((model) => batch.write(writingOf(model, request)));
    const settled = Promise.allSettled(written);
    await finish(batch);
    return await settled;
  };
  await adapterOf('to-be-damaged', 20, Number.NaN);

  for (let time = 0; time < 2; time++) {
    const [before, refused, behind] = await together();

    assert.match(String(refused?.status === 'rejected' && refused.reason), /to-be-damaged/);
    assert.deepEqual(
      [before, behind].map((one) => one?.status === 'fulfilled' && one.value),
      [await generate(models[0]!, request), await generate(models[2]!, request)],
    );
  }
});

test('an adapter whose numbers are too large for its scale fails whoever asked it', async () => {
  const batch = new Batch(base);
  const written = batch.write(writingOf(await adapterOf('too-large', 22, 5e37), request));
  const refused = assert.rejects(written, /too-large.*scale/);

  await finish(batch);

  await refused;
});

test('who changed his mind leaves without a step, and his prompt too', async () => {
  const stopping = new AbortController();
  const batch = new Batch(base, 2);
  const written = batch.write({ ...writingOf(base, request), signal: stopping.signal });
  await batch.step();

  stopping.abort(new Error('Changed his mind'));
  batch.sendAwayCancelled();

  assert.equal(batch.isIdle, true);
  await assert.rejects(written, /Changed his mind/);
});

test('nothing is left of what was written: the rows of a batch are empty, and a long cache is let go', async () => {
  const long = await openModel(writeRandomModel(path.join(home, 'longer'), { n_positions: 1024 }));
  const batch = new Batch(long);
  const before = await arrayBuffers();
  const written = batch.write(writingOf(long, { ...request, sampling: { ...sampling, maxTokens: 900 } }));

  await finish(batch);

  await written;
  const { rows, waiting, cacheBytes } = batch.figures();
  assert.deepEqual([rows, waiting, cacheBytes], [0, 0, 0]);
  const left = (await arrayBuffers()) - before;
  assert.ok(left < 2 ** 20, `${left} bytes are left`);
});
