import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openModel } from '../../src/model/model.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { modelHash } from '../../src/model/model-hash.ts';
import { openNetwork } from '../../src/model/network.ts';
import { loraModules, readAdapter, writeAdapter } from '../../src/model/peft.ts';
import { quantizeModel } from '../../src/model/quantization/quantize-model.ts';
import { readSafetensors, readTensor, writeSafetensors } from '../../src/model/safetensors.ts';

const FIXTURES = path.join(import.meta.dirname, 'fixtures');
const ADAPTER = path.join(FIXTURES, 'tiny-adapter');
const inputIds: number[][] = JSON.parse(readFileSync(path.join(FIXTURES, 'tiny-gpt2/inputs.json'), 'utf8')).inputIds;
const goldens = readSafetensors(path.join(ADAPTER, 'goldens.safetensors'));
/** Logits reach ±7; the reference computes in float64. */
const TOLERANCE = 1e-4;

/** A models folder with the fixture's base and adapter, whose config may be changed. */
function models(config: object = {}): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
  cpSync(FIXTURES, folder, { recursive: true });
  const file = path.join(folder, 'tiny-adapter/adapter_config.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...config }));
  return folder;
}
const changed = (config: object) => path.join(models(config), 'tiny-adapter');

async function assertLogits(folder: string, golden: 'logits' | 'logits_rslora'): Promise<void> {
  const { network, adapter } = await openModel(folder);
  const adapters = inputIds.map(() => adapter);
  const { logits } = await network.forward({ tokens: inputIds, at: 'every', want: ['logits'], adapters });
  await network.release();
  const expected = readTensor(goldens, golden);
  const largest = logits.reduce((max, value, at) => Math.max(max, Math.abs(value - expected[at]!)), 0);
  assert.ok(logits.length === expected.length && largest <= TOLERANCE, `differs by ${largest}`);
}

test("an adapter's logits equal those of PyTorch's merged weights", async () => {
  await assertLogits(ADAPTER, 'logits');
  await assertLogits(changed({ use_rslora: true }), 'logits_rslora');
});

test('an adapter may come in the middle: rows without one go on as they would have, to the last bit, in floats and in codes', async () => {
  const base = path.join(models(), 'tiny-gpt2');
  for (const folder of [base, await quantizeModel(base, { bits: 8 })]) {
    const files = readModelFolder(folder);
    const { adapter } = await openModel(ADAPTER);
    const networks = [await openNetwork(files), await openNetwork(files), await openNetwork(files, { adapted: true })];
    const written = [];
    for (const [index, network] of networks.entries()) {
      const cache = network.createCache(2, 12);
      const tokens = inputIds.slice(0, 2).map((row) => row.slice(0, 8));
      const logits = [(await network.forward({ tokens, cache, at: 'last', want: ['logits'] })).logits.slice()];
      for (const t of [8, 9, 10]) {
        const adapters = index === 1 && t > 8 ? [undefined, adapter] : [];
        const tokens = inputIds.slice(0, 2).map((row) => [row[t]!]);
        logits.push((await network.forward({ tokens, cache, at: 'last', want: ['logits'], adapters })).logits.slice());
      }
      await network.release();
      written.push(logits.map((each) => [each.slice(0, each.length / 2), each.slice(each.length / 2)] as const));
    }
    const [without, switched, adapted] = written;

    assert.deepEqual(adapted, without);
    assert.deepEqual(
      switched!.map(([first]) => first),
      without!.map(([first]) => first),
    );
    assert.notDeepEqual(switched!.at(-1)![1], without!.at(-1)![1]);
  }
});

test('an adapter is found beside its base, also through links', async () => {
  const linked = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
  mkdirSync(path.join(linked, 'ada'));
  for (const name of ['adapter_config.json', 'adapter_model.safetensors']) {
    symlinkSync(path.join(ADAPTER, name), path.join(linked, 'ada', name));
  }
  symlinkSync(path.join(FIXTURES, 'tiny-gpt2'), path.join(linked, 'tiny-gpt2'));

  await assertLogits(path.join(linked, 'ada'), 'logits');
});

test('an adapter has the tokenizer of its base, and a hash of both', async () => {
  const folder = models();
  const [adapter, base] = [path.join(folder, 'tiny-adapter'), path.join(folder, 'tiny-gpt2')];
  const model = await openModel(adapter);
  const whole = await openModel(base);

  assert.deepEqual([model.name, model.config], ['tiny-adapter', whole.config]);
  assert.deepEqual(model.tokenizer.encode('Hello'), whole.tokenizer.encode('Hello'));
  assert.notEqual(model.hash, whole.hash);
  writeFileSync(path.join(base, 'config.json'), `${readFileSync(path.join(base, 'config.json'), 'utf8')} `);
  assert.notEqual(await modelHash(adapter), model.hash);
});

test('what older versions wrote is read: few keys, the weights in half precision, a model without a head', async () => {
  const folder = path.join(models(), 'tiny-adapter');
  const { base_model_name_or_path, r, lora_alpha, target_modules, peft_type } = JSON.parse(
    readFileSync(path.join(folder, 'adapter_config.json'), 'utf8'),
  );
  const old = { base_model_name_or_path, r, lora_alpha, target_modules, peft_type, merge_weights: false };
  writeFileSync(path.join(folder, 'adapter_config.json'), JSON.stringify(old));
  const file = path.join(folder, 'adapter_model.safetensors');
  const read = readSafetensors(file);
  const tensors = [...read.tensors.values()].map(({ name, shape }) => ({
    name: name.replace('transformer.', ''),
    shape,
    dtype: 'F16' as const,
    data: readTensor(read, name),
  }));
  writeSafetensors(file, tensors);

  const { adapter } = readModelFolder(folder);

  assert.deepEqual([adapter?.r, adapter?.scale, adapter?.weights.tensors.size], [4, 1.5, 16]);
});

test('an adapter that is written is read back as it was', () => {
  const folder = models();
  const original = readAdapter(path.join(folder, 'tiny-adapter'));
  const tensors = new Map(
    [...original.weights.tensors.keys()].map((name) => [name, readTensor(original.weights, name)]),
  );
  const { base, r, alpha, dropout, targetModules, useRslora } = original;

  writeAdapter(path.join(folder, 'ada'), { base, r, alpha, dropout, targetModules, useRslora: true, tensors });

  const { adapter } = readModelFolder(path.join(folder, 'ada'));
  assert.deepEqual(
    { ...adapter, weights: null },
    {
      ...{ base, r, alpha, dropout, targetModules },
      useRslora: !useRslora,
      folder: path.join(folder, 'ada'),
      scale: 3,
      weights: null,
    },
  );
  for (const [name, data] of tensors) assert.deepEqual(readTensor(adapter!.weights, name), data);
});

test("the written config has the keys of peft's, with the same values", () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
  const original = readAdapter(ADAPTER);
  const tensors = new Map(
    [...original.weights.tensors.keys()].map((name) => [name, readTensor(original.weights, name)]),
  );

  writeAdapter(folder, { ...original, tensors });

  const [written, peft] = [folder, ADAPTER].map((from) =>
    JSON.parse(readFileSync(path.join(from, 'adapter_config.json'), 'utf8')),
  );
  for (const [key, value] of Object.entries(written)) assert.deepEqual(value, peft[key], key);
  const [ours, theirs] = [folder, ADAPTER].map((from) => readSafetensors(path.join(from, 'adapter_model.safetensors')));
  const shapes = (read: typeof ours) => new Map([...read!.tensors].map(([name, { shape }]) => [name, shape]));
  assert.deepEqual(shapes(ours), shapes(theirs));
});

test('targets name layers as peft understands them: a name, or the end of one', () => {
  const { config } = readModelFolder(path.join(FIXTURES, 'tiny-gpt2'));

  assert.deepEqual(loraModules(config, ['attn.c_proj', 'h.1.mlp.c_fc']), [
    { name: 'h.0.attn.c_proj', in: 16, out: 16 },
    { name: 'h.1.attn.c_proj', in: 16, out: 16 },
    { name: 'h.1.mlp.c_fc', in: 16, out: 40 },
  ]);
  assert.deepEqual(
    loraModules(config, ['c_proj']).map(({ name }) => name),
    ['h.0.attn.c_proj', 'h.0.mlp.c_proj', 'h.1.attn.c_proj', 'h.1.mlp.c_proj'],
  );
  assert.throws(() => loraModules(config, ['c_attn', 'q_proj']), { name: 'UserError', message: /found q_proj/ });
});

const refusals: readonly [what: string, folder: () => string, message: RegExp][] = [
  ['another method', () => changed({ peft_type: 'IA3' }), /found peft_type: .*"LORA"/],
  ['another task', () => changed({ task_type: 'SEQ_CLS' }), /found task_type/],
  ['DoRA', () => changed({ use_dora: true }), /found use_dora: true is not supported/],
  ['trained biases', () => changed({ bias: 'lora_only' }), /found bias/],
  ['whole layers beside it', () => changed({ modules_to_save: ['wte'] }), /found modules_to_save: \["wte"\] is not/],
  ['ranks by layer', () => changed({ rank_pattern: { c_fc: 8 } }), /found rank_pattern/],
  ['a base that it changes', () => changed({ init_lora_weights: 'pissa' }), /found init_lora_weights/],
  ['a setting of a later version', () => changed({ use_what_comes: 2 }), /found use_what_comes: 2 is not supported/],
  ['no base', () => changed({ base_model_name_or_path: null }), /found base_model_name_or_path/],
  [
    'a base that is not here',
    () => changed({ base_model_name_or_path: 'a/gpt2' }),
    /its base model in .*gpt2, found none/,
  ],
  ['a base outside', () => changed({ base_model_name_or_path: 'a/..' }), /its base model/],
  ['itself as its base', () => changed({ base_model_name_or_path: 'tiny-adapter' }), /its base model/],
  ['another rank than its tensors', () => changed({ r: 8 }), /lora_A\.weight \[8,16\], found \[4,16\]/],
];
for (const [what, folder, message] of refusals) {
  test(`an adapter with ${what} is refused in one line`, () => {
    const refused = folder();

    assert.throws(() => readModelFolder(refused), { name: 'UserError', message });
  });
}

test('an adapter whose tensors do not fit its base, or lack their other half, is refused by the name of one', () => {
  const folder = path.join(models(), 'tiny-adapter');
  const file = path.join(folder, 'adapter_model.safetensors');
  const name = 'base_model.model.transformer.h.0.attn.c_attn';
  const tensor = (side: string, shape: number[]) => ({
    name: `${name}.lora_${side}.weight`,
    shape,
    dtype: 'F32' as const,
    data: new Float32Array(shape[0]! * shape[1]!),
  });
  const refused = (tensors: ReturnType<typeof tensor>[], message: RegExp) => {
    writeSafetensors(file, tensors);
    assert.throws(() => readModelFolder(folder), { name: 'UserError', message });
  };

  refused([], /found no tensors/);
  refused([tensor('A', [4, 16])], /lora_B\.weight to go with h\.0\.attn\.c_attn\.lora_A\.weight, found no such tensor/);
  refused([tensor('A', [4, 16]), tensor('B', [16, 4])], /lora_B\.weight \[48,4\], found \[16,4\]/);
  refused([tensor('embedding_A', [4, 16])], /found h\.0\.attn\.c_attn\.lora_embedding_A\.weight/);
  rmSync(file);
  assert.throws(() => readModelFolder(folder), {
    name: 'UserError',
    message: /adapter_model\.safetensors: expected a file/,
  });
});
