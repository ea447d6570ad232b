import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { readTensor } from '../../src/model/safetensors.ts';
import { randomFrom } from '../../src/random.ts';
import { initialAdapter } from '../../src/training/adapter-parameters.ts';
import { type Batch, createTrainable, freshState, type Method, type Trainable } from '../../src/training/trainable.ts';
import { writeRandomModel } from '../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-trainable-'));
after(() => rmSync(home, { recursive: true }));

/** The deviation is wide enough for a head that does not move to tell the tokens apart. */
const SIZE = { n_embd: 32, n_head: 2, n_layer: 2, n_positions: 32, vocab_size: 300, deviation: 0.5 };
const tied = readModelFolder(writeRandomModel(path.join(home, 'tied'), SIZE));
const half = readModelFolder(
  writeRandomModel(path.join(home, 'half'), { ...SIZE, dtype: 'F16', tie_word_embeddings: false }),
);
const untied = readModelFolder(writeRandomModel(path.join(home, 'untied'), { ...SIZE, tie_word_embeddings: false }));
const ADAMW = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 };
const LORA = { r: 4, alpha: 8, dropout: 0, targetModules: ['c_attn', 'c_proj', 'c_fc'] };
const FULL: Method = { kind: 'full' };

const parametersOf = ({ weights }: typeof tied) =>
  new Map([...weights.tensors.keys()].map((name) => [name, readTensor(weights, name)]));

/** Rows of documents, each a list of tokens; every token but a document's first is predicted. */
function batchOf(rows: readonly (readonly (readonly number[])[])[], length: number): Batch {
  const size = rows.length * length;
  const batch = {
    inputIds: new BigInt64Array(size),
    labels: new BigInt64Array(size),
    weights: new Float32Array(size),
    positions: new BigInt64Array(size),
    documents: new Int32Array(size).fill(-1),
  };
  for (const [row, documents] of rows.entries()) {
    let at = row * length;
    for (const [document, tokens] of documents.entries()) {
      for (let place = 0; place + 1 < tokens.length; place++, at++) {
        batch.inputIds[at] = BigInt(tokens[place]!);
        batch.labels[at] = BigInt(tokens[place + 1]!);
        batch.weights[at] = 1;
        batch.positions[at] = BigInt(place);
        batch.documents[at] = document;
      }
    }
  }
  return batch;
}

function randomTokens(length: number, seed: number): number[] {
  const random = randomFrom(seed);
  return Array.from({ length }, () => Math.floor(random() * SIZE.vocab_size));
}

const shape = { batch: 2, length: 24 };
const full = (base = tied, recompute = false) =>
  createTrainable(base.config, FULL, freshState(parametersOf(base)), { shape, recompute, adamW: ADAMW });
const adapter = (base = tied, { recompute = false, lora = LORA } = {}) =>
  createTrainable(base.config, { kind: 'lora', base, lora }, freshState(initialAdapter(base.config, lora, 1)), {
    shape,
    recompute,
    adamW: ADAMW,
  });

const sumOf = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0);

for (const [kind, create] of [
  ['as one graph', () => adapter()],
  ['layer by layer', () => adapter(untied, { recompute: true })],
] as const) {
  test(`at a temperature the loss is that of the logits divided by it, ${kind}`, async () => {
    const trainable = await create();
    const nats = (token: number, temperature: number) => {
      const batch = batchOf([[[5, token]], []], shape.length);
      const sharpness = new Float32Array(batch.labels.length).fill(1 / temperature);
      return trainable.evaluate(temperature === 1 ? batch : { ...batch, sharpness });
    };
    const logits: number[] = []; // but for a constant
    for (let token = 0; token < SIZE.vocab_size; token++) logits.push(-(await nats(token, 1)));

    for (const temperature of [0.5, 0.75, 3]) {
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit / temperature), 0);
      const expected = Math.log(total) - logits[7]! / temperature;
      assert.ok(Math.abs((await nats(7, temperature)) - expected) < 1e-4, `at ${temperature}`);
    }
    await trainable.release();
  });
}

async function overfit(trainable: Trainable, batch: Batch, learningRate: number): Promise<number> {
  const weight = sumOf(batch.weights);
  let loss = Number.POSITIVE_INFINITY;
  for (let step = 1; step <= 1000 && loss >= 0.04; step++) {
    loss = (await trainable.accumulate(batch)) / weight;
    await trainable.update({ step, learningRate, clipNorm: 1, weight });
  }
  return (await trainable.evaluate(batch)) / weight;
}

for (const [kind, create] of [
  ['full', () => full()],
  ['computed again', () => full(tied, true)],
  ['with an adapter', () => adapter()],
] as const) {
  test(`documents packed in a row have the losses that each has alone, ${kind}`, async () => {
    const trainable = await create();
    const [one, two, three] = [randomTokens(12, 1), randomTokens(9, 2), randomTokens(24, 3)];

    const packed = await trainable.evaluate(batchOf([[one, two], [three]], shape.length));
    const alone = [];
    for (const document of [one, two, three]) {
      alone.push(await trainable.evaluate(batchOf([[document], []], shape.length)));
    }

    assert.ok(Math.abs(packed - alone.reduce((sum, loss) => sum + loss)) < 1e-4, `${packed} is not ${alone}`);
    await trainable.release();
  });
}

for (const [kind, create, learningRate] of [
  ['all parameters', () => full(), 1e-2],
  ['an untied head', () => full(untied), 1e-2],
  ['an adapter', () => adapter(), 1e-2],
  ['an adapter whose network is computed again', () => adapter(untied, { recompute: true }), 1e-2],
  ['an adapter over an untied head', () => adapter(untied), 1e-2],
  ['an adapter over half precision', () => adapter(half), 1e-2],
] as const) {
  test(`one batch can be learned by heart: ${kind}`, async () => {
    const trainable = await create();

    const loss = await overfit(
      trainable,
      batchOf([[randomTokens(9, 4)], [randomTokens(9, 5)]], shape.length),
      learningRate,
    );

    assert.ok(loss < 0.05, `the loss is still ${loss}`);
    await trainable.release();
  });
}

test('an adapter that has learned nothing yet leaves the loss as it is, also with dropout, which only training has', async () => {
  const batch = batchOf([[randomTokens(24, 6)], [randomTokens(24, 7)]], shape.length);
  const dropping = { lora: { ...LORA, dropout: 0.5 } };
  const [plain, whole, layers] = [
    await full(),
    await adapter(tied, dropping),
    await adapter(tied, { ...dropping, recompute: true }),
  ];

  const expected = await plain.evaluate(batch);

  for (const trainable of [whole, layers]) {
    assert.ok(Math.abs((await trainable.evaluate(batch)) - expected) < 1e-3);
    await trainable.accumulate(batch);
    await trainable.update({ step: 1, learningRate: 0.1, clipNorm: 1, weight: sumOf(batch.weights) });
    const [evaluated, again] = [await trainable.evaluate(batch), await trainable.evaluate(batch)];
    assert.equal(evaluated, again);
    assert.notEqual(await trainable.accumulate(batch), evaluated);
    assert.notEqual(evaluated, expected);
  }
  for (const trainable of [plain, whole, layers]) await trainable.release();
});

test('with dropout too the loss falls where the network is computed again', async () => {
  const batch = batchOf([[randomTokens(24, 8)], [randomTokens(24, 9)]], shape.length);
  const lora = { ...LORA, dropout: 0.3 };
  const trainable = await adapter(tied, { lora, recompute: true });

  const before = await trainable.evaluate(batch);
  for (let step = 1; step <= 30; step++) {
    await trainable.accumulate(batch);
    await trainable.update({ step, learningRate: 1e-2, clipNorm: 1, weight: sumOf(batch.weights) });
  }

  assert.ok((await trainable.evaluate(batch)) < 0.8 * before);
  await trainable.release();
});
