import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { balanced, klEstimate, ktoLoss } from '../../../src/learning/adapter/kto.ts';
import { type KtoText, trainChallenger, weighted } from '../../../src/learning/adapter/train-challenger.ts';
import { readModelFolder } from '../../../src/model/model-folder.ts';
import { readSafetensors, readTensor } from '../../../src/model/safetensors.ts';
import { randomFrom } from '../../../src/random.ts';
import { adapterShape, initialAdapter } from '../../../src/training/adapter-parameters.ts';
import type { Batch } from '../../../src/training/data/batch.ts';
import { batchOf } from '../../../src/training/data/batches.ts';
import { piecesOf } from '../../../src/training/data/packing.ts';
import type { TokenDocument } from '../../../src/training/data/token-documents.ts';
import { GradientSums } from '../../../src/training/graphs/gradient-sums.ts';
import { wholeNetwork } from '../../../src/training/graphs/whole-network.ts';
import { loadBest } from '../../../src/training/run/checkpoint.ts';
import { adapterFiles } from '../../../src/training/run/model-files.ts';
import { writeRandomModel } from '../../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'kto-'));
after(() => rmSync(home, { recursive: true }));
const SIZE = { n_embd: 32, n_head: 2, n_layer: 2, n_positions: 32, vocab_size: 300, deviation: 0.5 };
const base = readModelFolder(writeRandomModel(path.join(home, 'base'), SIZE));
const LORA = { r: 2, alpha: 4, dropout: 0, targetModules: ['c_attn', 'c_proj', 'c_fc'] };

test('the loss is that of the paper, worked out by hand', () => {
  const { loss } = ktoLoss(
    [
      { ratio: 1, approved: true },
      { ratio: 1, approved: false },
    ],
    0.5,
    { beta: 0.1, desirable: 2, undesirable: 1 },
  );
  // 2 · (1 − σ(0.05)) and 1 − σ(−0.05), halved
  assert.ok(Math.abs(loss - (2 * 0.4875026) / 2 - 0.5124974 / 2) < 1e-6, `${loss}`);
});

test('its slopes are those of finite differences, wherever policy and reference stand', () => {
  const ratio = fc.double({ min: -30, max: 30, noNaN: true });
  const texts = fc.array(fc.record({ ratio, approved: fc.boolean() }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(texts, fc.double({ min: 0, max: 20, noNaN: true }), (some, z0) => {
      const settings = { beta: 0.1, ...balanced(3, 7) };
      const { slopes } = ktoLoss(some, z0, settings);
      for (const [index, slope] of slopes.entries()) {
        const at = (step: number) =>
          ktoLoss(
            some.map((one, other) => (other === index ? { ...one, ratio: one.ratio + step } : one)),
            z0,
            settings,
          ).loss;
        assert.ok(Math.abs(slope - (at(1e-4) - at(-1e-4)) / 2e-4) < 1e-7);
      }
    }),
  );
});

test('both sides weigh the same, and the distance from the reference is never below none', () => {
  for (const [approved, rejected] of [
    [100, 400],
    [400, 100],
  ] as const) {
    const { desirable, undesirable } = balanced(approved, rejected);
    assert.equal(desirable * approved, undesirable * rejected);
    assert.equal(Math.min(desirable, undesirable), 1);
  }
  assert.equal(klEstimate([-2, 1]), 0);
  assert.equal(klEstimate([2, 1]), 1.5);
});

const tokens = (seed: number, length: number) => {
  const random = randomFrom(seed);
  return Uint32Array.from({ length }, () => Math.floor(random() * SIZE.vocab_size));
};
const document = (seed: number, opening: Uint32Array, length = 6) => {
  return { id: `${seed}`, tokens: Uint32Array.from([...opening, ...tokens(seed, length)]), learnFrom: opening.length };
};

test('through the network, an adapter’s gradient is that of finite differences of the whole loss', async () => {
  const shape = { batch: 1, length: 16 };
  const random = randomFrom(5);
  const matrices = new Map(
    [...initialAdapter(base.config, LORA, 1)].map(([name, values]) => [name, values.map(() => 0.2 * (random() - 0.5))]),
  );
  const settings = { beta: 0.1, ...balanced(1, 2) };
  const opening = tokens(9, 4);
  const texts = [true, false, false].map((approved, index) => ({ document: document(index, opening), approved }));
  const reference = [-30, -31, -29];
  const z0 = 0.3;
  const row = (text: (typeof texts)[number]) => batchOf([piecesOf(text.document, shape.length)], shape);
  const options = { shape, adapter: adapterShape(base.config, LORA), dropout: 0, matrices };
  const network = await wholeNetwork(base, options);
  const whole = async () => {
    const ratios = [];
    for (const [index, text] of texts.entries()) {
      ratios.push({ ratio: -(await network.loss(row(text))) - reference[index]!, approved: text.approved });
    }
    return ktoLoss(ratios, z0, settings);
  };
  const sums = new GradientSums(new Map([...matrices].map(([name, { length }]) => [name, new Float32Array(length)])));

  const { slopes } = await whole();
  for (const [index, text] of texts.entries())
    await network.lossAndGradients(weighted(row(text), -slopes[index]!), sums);

  for (const [name, values] of matrices) {
    const index = Math.floor(random() * values.length);
    const at = async (step: number) => {
      const before = values[index]!;
      values[index] = before + step;
      const { loss } = await whole();
      values[index] = before;
      return loss;
    };
    const step = 0.01;
    const numeric = ((await at(step)) - (await at(-step))) / (2 * step);
    const found = sums.values.get(name)![index]!;
    assert.ok(Math.abs(found - numeric) < 2e-3 * Math.max(0.05, Math.abs(numeric)), `${name}: ${found}, ${numeric}`);
  }
  await network.release();
});

/** `made` in the fixture says how PyTorch computed it. */
test('loss, distance and every gradient of an adapter equal PyTorch’s', async () => {
  const tiny = readModelFolder(path.join(import.meta.dirname, '../../model/fixtures/tiny-gpt2'));
  const stored = readSafetensors(path.join(tiny.folder, 'adapter-goldens.safetensors'));
  const expected = JSON.parse(readFileSync(path.join(import.meta.dirname, 'fixtures/kto-pytorch.json'), 'utf8'));
  const lora = { r: 4, alpha: 6, dropout: 0, targetModules: ['c_attn', 'c_proj', 'c_fc'] };
  const shape = { batch: 1, length: 16 };
  const matrices = new Map(
    [...initialAdapter(tiny.config, lora, 1).keys()].map((name) => [name, readTensor(stored, name)] as const),
  );
  const options = { shape, adapter: adapterShape(tiny.config, lora), dropout: 0 };
  const policy = await wholeNetwork(tiny, { ...options, matrices });
  const reference = await wholeNetwork(tiny, { ...options, matrices: initialAdapter(tiny.config, lora, 1) });
  const texts = expected.texts.map((text: KtoText) => ({
    approved: text.approved,
    ...{ own: rowFor(text.document, shape), other: rowFor(text.mismatched, shape) },
  })) as readonly { approved: boolean; own: Batch; other: Batch }[];
  const ratioOf = async (row: Batch) => (await reference.loss(row)) - (await policy.loss(row));
  const others: number[] = [];
  for (const { other } of texts) others.push(await ratioOf(other));
  const ratios = [];
  for (const { own, approved } of texts) ratios.push({ ratio: await ratioOf(own), approved });

  const z0 = klEstimate(others);
  const { loss, slopes } = ktoLoss(ratios, z0, expected);
  const sums = new GradientSums(new Map([...matrices].map(([name, { length }]) => [name, new Float32Array(length)])));
  for (const [index, { own }] of texts.entries()) await policy.lossAndGradients(weighted(own, -slopes[index]!), sums);

  const { policy: of, reference: from } = expected.logProbabilities;
  for (const [index, { ratio }] of ratios.entries()) {
    assert.ok(Math.abs(ratio - (of[index] - from[index])) < 1e-4, `${ratio}, PyTorch ${of[index] - from[index]}`);
  }
  assert.ok(Math.abs(z0 - expected.z0) < 1e-4, `${z0}, PyTorch ${expected.z0}`);
  assert.ok(Math.abs(loss - expected.loss) < 1e-5, `${loss}, PyTorch ${expected.loss}`);
  assert.deepEqual([...sums.values.keys()].sort(), Object.keys(expected.gradients).sort());
  for (const [name, found] of sums.values) {
    const bytes = Buffer.from(expected.gradients[name], 'base64');
    const gradient = new Float32Array(Uint8Array.from(bytes).buffer);
    const error = Math.hypot(...found.map((value, index) => value - gradient[index]!)) / Math.hypot(...gradient);
    assert.ok(error < 1e-3, `${name}: relative error ${error}`);
  }
  await policy.release();
  await reference.release();
});

function rowFor(
  { tokens, learnFrom }: TokenDocument,
  shape: { readonly batch: number; readonly length: number },
): Batch {
  const document = { id: '', tokens: Uint32Array.from(tokens), learnFrom };
  return batchOf([piecesOf(document, shape.length)], shape);
}

test('a challenger begins as the reference, and makes approved texts likelier beside rejected ones; stopped, it goes on', async () => {
  const opening = tokens(3, 3);
  const texts = Array.from({ length: 16 }, (_, index): KtoText => {
    const approved = index % 4 === 0;
    const seed = approved ? 100 : 200; // one text is liked, another is not
    return { document: document(seed, opening), mismatched: document(300 + index, opening), approved };
  });
  const files = adapterFiles({ ...LORA, base: base.folder });
  const job = (folder: string) => ({
    config: base.config,
    method: { kind: 'lora', base, lora: LORA } as const,
    initial: () => initialAdapter(base.config, LORA, 1),
    files,
    texts,
    length: 16,
    recompute: false,
    epochs: 30,
    seed: 1,
    folder: path.join(home, folder),
  });
  const losses: number[] = [];
  for await (const { loss, kl, step } of trainChallenger(job('whole'))) {
    if (step === 1) assert.equal(kl, 0);
    losses.push(loss);
  }
  for await (const { step } of trainChallenger(job('stopped'))) if (step === 45) break;
  const resumed: number[] = [];
  for await (const { step } of trainChallenger(job('stopped'))) resumed.push(step);

  // Two groups take turns, and hold approved texts in different shares: each is compared with itself.
  assert.ok(losses.at(-2)! < losses[0]!, `${losses[0]} to ${losses.at(-2)}`);
  assert.ok(losses.at(-1)! < losses[1]!, `${losses[1]} to ${losses.at(-1)}`);
  assert.equal(resumed[0], 41, 'after the last checkpoint');
  const [one, other] = ['whole', 'stopped'].map((folder) => new Map(loadBest(job(folder).folder, files)));
  for (const [name, values] of one!) {
    for (const [index, value] of values.entries()) assert.ok(Math.abs(value - other!.get(name)![index]!) < 1e-6, name);
  }
});
