import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { generate } from '../../../src/generation/generate.ts';
import { type Model, openModel } from '../../../src/model/model.ts';
import { readFloatModel, readModelFolder } from '../../../src/model/model-folder.ts';
import { codedMatrices, codesOf, scalesOf, zeroPointsOf } from '../../../src/model/quantization/quantization.ts';
import { quantizeModel } from '../../../src/model/quantization/quantize-model.ts';
import { dequantizeRows } from '../../../src/model/quantization/quantize-rows.ts';
import { readSafetensors, readTensor, type Safetensors, writeSafetensors } from '../../../src/model/safetensors.ts';
import { scoreTexts } from '../../../src/model/score-texts.ts';
import { transposed } from '../../../src/model/transposed.ts';
import { writeRandomAdapter } from '../random-adapter.ts';
import { writeRandomModel } from '../random-model.ts';

const STARTER = path.resolve(import.meta.dirname, '../../../models/starter');
const home = mkdtempSync(path.join(tmpdir(), 'quantize-'));
after(() => rmSync(home, { recursive: true }));
const starter = path.join(home, 'starter');
cpSync(STARTER, starter, { recursive: true });
const wide = writeRandomModel(path.join(home, 'wide'), { n_embd: 64, n_head: 2, deviation: 0.3 });
const broad = writeRandomModel(path.join(home, 'broad'), { n_embd: 256, n_head: 4 });
const odd = writeRandomModel(path.join(home, 'odd'), { n_embd: 40, n_head: 2, tie_word_embeddings: false });

/** Closed at the end of the test. */
async function using<Result>(folder: string, act: (model: Model) => Promise<Result>): Promise<Result> {
  const model = await openModel(folder);
  try {
    return await act(model);
  } finally {
    await model.network.release();
  }
}

const logitsAfter = (folder: string, tokens: readonly (readonly number[])[]) =>
  using(folder, async ({ network, adapter }) => {
    const adapters = tokens.map(() => adapter);
    const { logits } = await network.forward({ tokens, at: 'last', want: ['logits'], adapters });
    return logits;
  });

/** The same model again with floats for what its codes stand for. */
function widenedFolder(folder: string): string {
  const { config, weights, quantization } = readModelFolder(folder);
  const target = `${folder}-widened`;
  mkdirSync(target, { recursive: true });
  cpSync(path.join(folder, 'tokenizer.json'), path.join(target, 'tokenizer.json'));
  const { quantization_config: _, ...json } = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8'));
  writeFileSync(path.join(target, 'config.json'), JSON.stringify(json));
  const bytes = (name: string) => bytesIn(weights, name);
  const coded = codedMatrices(config, quantization!);
  const plain = [...weights.tensors.values()].filter(({ dtype, name }) => dtype !== 'U8' && !name.endsWith('.scales'));
  writeSafetensors(path.join(target, 'model.safetensors'), [
    ...plain.map(({ name, shape }) => ({ name, shape, dtype: 'F32' as const, data: readTensor(weights, name) })),
    ...[...coded].map(([name, { rows, columns, bits, block }]) => {
      const zeroPoints = quantization!.symmetric ? {} : { zeroPoints: bytes(zeroPointsOf(name)) };
      const parts = { codes: bytes(codesOf(name)), scales: readTensor(weights, scalesOf(name)), ...zeroPoints };
      const values = dequantizeRows(parts, { columns, bits, block });
      const isLinear = name.startsWith('h.');
      const data = isLinear ? transposed(values, rows, columns) : values;
      return { name, dtype: 'F32' as const, shape: isLinear ? [columns, rows] : [rows, columns], data };
    }),
  ]);
  return target;
}

function bytesIn({ file, tensors }: Safetensors, name: string): Uint8Array {
  const { offset, length } = tensors.get(name)!;
  return new Uint8Array(readFileSync(file).subarray(offset, offset + length));
}

const largestDifference = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0);
const spread = (logits: Float32Array) => Math.max(...logits) - Math.min(...logits);

for (const options of [
  { bits: 8 },
  { bits: 8, symmetric: false },
  { bits: 4 },
  { bits: 4, embeddingBits: 4, symmetric: true },
] as const) {
  test(`logits with ${JSON.stringify(options)} are those of the numbers that the codes stand for`, async () => {
    for (const folder of [wide, odd]) {
      const made = await quantizeModel(folder, options);
      const tokens = [
        [1, 2, 3],
        [9, 8, 7, 6, 5, 4],
      ];

      const [coded, widened] = [await logitsAfter(made, tokens), await logitsAfter(widenedFolder(made), tokens)];

      // What the runtime rounds the other side to, 8 bits by blocks, is all the difference.
      assert.ok(largestDifference(coded, widened) < 0.03 * spread(widened), `${largestDifference(coded, widened)}`);
    }
  });
}

test('the starter in eight bits chooses the tokens that it chooses in its own precision, but for near ties', async () => {
  const made = await quantizeModel(starter, { bits: 8 });
  const sampling = { temperature: 0, topK: 0, topP: 1, repetitionPenalty: 1, maxTokens: 100 };
  const tokens = await using(starter, async (model) => {
    const [written] = await generate(model, { prompt: 'I do not know why', count: 1, seed: 1, sampling });
    return model.tokenizer.encode(written!.text);
  });
  const logits = (folder: string) =>
    using(
      folder,
      async ({ network }) => (await network.forward({ tokens: [tokens], at: 'every', want: ['logits'] })).logits,
    );

  const [own, coded] = [await logits(starter), await logits(made)];

  const V = own.length / tokens.length;
  let same = 0;
  for (let at = 0; at < own.length; at += V) {
    const [before, after] = [own, coded].map((all) => all.subarray(at, at + V));
    const [chosen, other] = [before!, after!].map((row) => row.indexOf(Math.max(...row)));
    if (chosen === other) same++;
    else assert.ok(before![chosen!]! - before![other!]! < 0.1, `${before![chosen!]} and ${before![other!]}`);
  }
  assert.ok(same >= 0.9 * tokens.length, `${same} of ${tokens.length}`);
});

test('by themselves, blocks are symmetric and as wide as fill every row with eight bits, and narrow with a zero point with four', async () => {
  const blocks = async (folder: string, options: Parameters<typeof quantizeModel>[1]) => {
    const { block, symmetric } = readModelFolder(await quantizeModel(folder, options)).quantization!;
    return [block, symmetric];
  };

  assert.deepEqual(await blocks(starter, { bits: 8 }), [32, true]); // 200 wide
  assert.deepEqual(await blocks(wide, { bits: 8 }), [64, true]);
  assert.deepEqual(await blocks(broad, { bits: 8 }), [256, true]);
  assert.deepEqual(await blocks(broad, { bits: 8, block: 128 }), [128, true]);
  assert.deepEqual(await blocks(broad, { bits: 4 }), [32, false]);
  assert.deepEqual(await blocks(wide, { bits: 8, symmetric: false }), [64, false]);
  assert.deepEqual(await blocks(wide, { bits: 4 }), [32, false]);
});

test('fewer bits make texts a little less likely, and four a little more so than eight', async () => {
  const texts = ['We beat it out flat; we beat it back square; we battered it into every form known to geometry.'];
  const nats = (folder: string) =>
    using(folder, async (model) => {
      const [score] = await scoreTexts(model, texts);
      return score!.logProbabilities.reduce((sum, each) => sum - each, 0);
    });
  const own = await nats(starter);

  const [eight, four] = [
    await nats(await quantizeModel(starter, { bits: 8 })),
    await nats(await quantizeModel(starter, { bits: 4, embeddingBits: 4 })),
  ];

  assert.ok(Math.abs(eight / own - 1) < 0.005, `${eight} and ${own}`);
  assert.ok(Math.abs(four / own - 1) < 0.05, `${four} and ${own}`);
  assert.notEqual(four, eight);
});

test('a row computes the same to the last bit whatever is beside it, in eight bits and in four', async () => {
  const wanted = [
    [starter, { bits: 8 }],
    [starter, { bits: 4 }],
    ...([32, 64, 128, 256] as const).map((block) => [broad, { bits: 8, block }] as const),
    [broad, { bits: 8, symmetric: false }],
    [broad, { bits: 4 }],
    [broad, { bits: 4, block: 64 }],
    [broad, { bits: 4, block: 128, embeddingBits: 4 }],
  ] as const;
  for (const [folder, options] of wanted) {
    const made = await quantizeModel(folder, options);
    const row = [5, 17, 40, 31];

    const alone = await logitsAfter(made, [row]);
    const beside = await logitsAfter(made, [row, ...Array.from({ length: 8 }, (_, at) => [at, at + 1, 2 * at, 3])]);

    assert.deepEqual(beside.subarray(0, alone.length), alone);
    const every = (tokens: readonly (readonly number[])[]) =>
      using(made, ({ network }) => network.forward({ tokens, at: 'every', want: ['logits', 'hidden'] }));
    const three = await every([row.slice(0, 3), [9], [9, 8]]);
    for (const [at, tokens] of [row.slice(0, 3), [9], [9, 8]].entries()) {
      const { logits, hidden } = await every([tokens]);
      const [C, before] = [hidden.length / tokens.length, [0, 3, 4][at]!];
      const V = logits.length / tokens.length;
      assert.deepEqual(three.logits.subarray(before * V, (before + tokens.length) * V), logits);
      assert.deepEqual(three.hidden.subarray(at * 3 * C, (at * 3 + tokens.length) * C), hidden);
    }
    const [one, many] = [[[5]], Array.from({ length: 8 }, (_, at) => [at + 5])];
    const single = await logitsAfter(made, one);
    assert.deepEqual((await logitsAfter(made, many)).subarray(0, single.length), single);
  }
});

test('token by token, and a prompt in two parts, compute what the whole prompt does, up to rounding', async () => {
  for (const block of [32, 256] as const) {
    const tokens = [5, 17, 40, 31, 6, 8];
    await using(await quantizeModel(broad, { bits: 8, block }), async ({ network }) => {
      const last = { at: 'last', want: ['logits'] } as const;
      const { logits } = await network.forward({ tokens: [tokens], ...last });

      const [stepwise, inParts] = [network.createCache(1, 6), network.createCache(1, 6)];
      let step = new Float32Array();
      for (const token of tokens)
        step = (await network.forward({ tokens: [[token]], cache: stepwise, ...last })).logits.slice();
      await network.forward({ tokens: [tokens.slice(0, 3)], cache: inParts, ...last });
      const { logits: second } = await network.forward({ tokens: [tokens.slice(3)], cache: inParts, ...last });

      for (const found of [step, second])
        assert.ok(largestDifference(found, logits) < 0.03 * spread(logits), `${largestDifference(found, logits)}`);
      assert.deepEqual(stepwise.lengths, [6]);
    });
  }
});

test('an adapter stands on the base with fewer bits as on the base, and changes what it says', async () => {
  const made = await quantizeModel(wide, { bits: 8 });
  const tokens = [[1, 2, 3, 4]];
  const onWide = writeRandomAdapter(path.join(home, 'ada'), { base: wide, r: 20 });
  const onMade = writeRandomAdapter(path.join(home, 'ada-on-8bit'), { base: made, r: 20 });

  const [before, adapted, own] = [
    await logitsAfter(made, tokens),
    await logitsAfter(onMade, tokens),
    await logitsAfter(onWide, tokens),
  ];

  assert.ok(largestDifference(adapted, before) > 0.2 * spread(before));
  assert.ok(largestDifference(adapted, own) < 0.05 * spread(own), `${largestDifference(adapted, own)}`);
});

test('half precision is a folder that everything can read, with half the bytes', async () => {
  const made = await quantizeModel(wide, { bits: 16 });

  const { weights } = readFloatModel(made);
  const bytes = (folder: string) =>
    readSafetensors(path.join(folder, 'model.safetensors')).tensors.get('wte.weight')!.length;

  assert.equal(weights.tensors.get('wte.weight')!.dtype, 'F16');
  assert.equal(2 * bytes(made), bytes(wide));
  await assert.rejects(quantizeModel(made, { bits: 16 }), /expected weights of 32 bits to store in 16, found 16/);
});

test('a weight that half precision cannot hold is refused by name, and nothing is left behind', async () => {
  const folder = writeRandomModel(path.join(home, 'loud'), { deviation: 1e5 });

  await assert.rejects(
    quantizeModel(folder, { bits: 16 }),
    /expected weights between -65504 and 65504, found others in/,
  );

  assert.deepEqual(
    readdirSync(home).filter((name) => name.includes('loud')),
    ['loud'],
  );
});

test('what cannot be made is said: of an adapter, of codes, over another model', async () => {
  const made = await quantizeModel(wide, { bits: 8 });
  const adapter = writeRandomAdapter(path.join(home, 'eve'), { base: wide });
  writeRandomModel(path.join(home, 'odd-4bit'));

  await assert.rejects(quantizeModel(adapter, { bits: 8 }), /expected a whole model, found an adapter/);
  await assert.rejects(
    quantizeModel(made, { bits: 4 }),
    /expected a model whose weights are numbers, found codes of 8 bits/,
  );
  rmSync(path.join(home, 'odd-4bit'), { recursive: true });
  writeRandomModel(path.join(home, 'odd-4bit'));
  await assert.rejects(
    quantizeModel(odd, { bits: 4 }),
    /odd-4bit: expected no folder, or an earlier one made from odd/,
  );
});

test('damaged codes are refused: a tensor of another shape, and a method that is not ours', async () => {
  const made = await quantizeModel(wide, { bits: 8 });
  const file = path.join(made, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8'));
  const wrong = (quantization: object) => {
    writeFileSync(
      file,
      JSON.stringify({ ...config, quantization_config: { ...config.quantization_config, ...quantization } }),
    );
    return () => readModelFolder(made);
  };

  assert.throws(wrong({ bits: 4 }), /expected h\.0\.attn\.c_attn\.weight\.codes \[192,1,32\].*found \[192,1,64\]/);
  assert.throws(wrong({ quant_method: 'gptq' }), /quantization_config\.quant_method/);
});
