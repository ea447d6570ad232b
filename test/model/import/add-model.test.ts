import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ZipFile } from 'yazl';
import { gpt2Prefix } from '../../../src/model/gpt2-vocabulary.ts';
import { type Addition, addModel } from '../../../src/model/import/add-model.ts';
import { openModel } from '../../../src/model/model.ts';
import { readModelFolder } from '../../../src/model/model-folder.ts';
import { openNetwork } from '../../../src/model/network.ts';
import { readSafetensors, readTensor, type TensorData, writeSafetensors } from '../../../src/model/safetensors.ts';
import { createTokenizer } from '../../../src/model/tokenizer.ts';
import { writeRandomModel } from '../random-model.ts';

const FIXTURES = path.join(import.meta.dirname, '../fixtures');
const TINY = path.join(FIXTURES, 'tiny-gpt2');
const PYTORCH = path.join(FIXTURES, 'pytorch');
const GPT_2_SIMPLE = path.join(FIXTURES, 'gpt-2-simple');
const original = readModelFolder(TINY);
const inputIds: number[][] = JSON.parse(readFileSync(path.join(TINY, 'inputs.json'), 'utf8')).inputIds;

const newFolder = () => mkdtempSync(path.join(tmpdir(), 'eidolon-'));
const add = (source: string, output: string, options: Partial<Addition> = {}) =>
  addModel({ source, output, now: new Date('2026-11-23T10:00:00Z'), ...options });

/** Added into a folder of models of its own. */
async function added(source: string, options: Partial<Addition> = {}) {
  const output = path.join(newFolder(), 'ada');
  const result = await add(source, output, options);
  return { ...result, output, model: readModelFolder(output) };
}

function assertSameWeights(output: string, tolerance = 0): void {
  const { config, weights } = readModelFolder(output);
  assert.deepEqual(config, original.config);
  for (const name of original.weights.tensors.keys()) {
    const expected = readTensor(original.weights, name);
    const largest = readTensor(weights, name).reduce(
      (max, value, at) => Math.max(max, Math.abs(value - expected[at]!)),
      0,
    );
    assert.ok(largest <= tolerance, `${name} differs by ${largest}`);
  }
}

/** A folder with the fixture's config and tokenizer, for weights to be put into. */
function described(config: object = {}): string {
  const folder = newFolder();
  for (const name of ['config.json', 'tokenizer.json']) cpSync(path.join(TINY, name), path.join(folder, name));
  const file = path.join(folder, 'config.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...config }));
  return folder;
}

const tensorsOf = (folder: string): TensorData[] => {
  const read = readSafetensors(path.join(folder, 'model.safetensors'));
  return [...read.tensors.values()].map(({ name, shape }) => ({
    name,
    shape,
    dtype: 'F32',
    data: readTensor(read, name),
  }));
};

function safetensorsFolder(change: (all: TensorData[]) => TensorData[], config: object = {}): string {
  const folder = described(config);
  writeSafetensors(path.join(folder, 'model.safetensors'), change(tensorsOf(TINY)));
  return folder;
}

function pytorchFolder(...files: readonly [from: string, to: string][]): string {
  const folder = described();
  for (const [from, to] of files) cpSync(path.join(PYTORCH, from), path.join(folder, to), { recursive: true });
  return folder;
}

const exact: readonly [what: string, source: () => string, format: string][] = [
  ['a folder of Hugging Face safetensors', () => TINY, 'safetensors'],
  [
    'safetensors with a prefix, masks and a tied head',
    () =>
      safetensorsFolder((all) => [
        ...all.map((tensor) => ({ ...tensor, name: `transformer.${tensor.name}` })),
        { name: 'transformer.h.0.attn.bias', dtype: 'F32', shape: [1, 1, 2, 2], data: new Float32Array(4) },
        { name: 'lm_head.weight', dtype: 'F32', shape: [1], data: new Float32Array(1) },
      ]),
    'safetensors',
  ],
  ["PyTorch's pytorch_model.bin", () => pytorchFolder(['whole/pytorch_model.bin', 'pytorch_model.bin']), 'PyTorch'],
  ['a state_dict of PyTorch before 1.6', () => pytorchFolder(['legacy.pt', 'legacy.pt']), 'PyTorch'],
  ['views and transposed views in a training checkpoint', () => pytorchFolder(['views.pt', 'last.pth']), 'PyTorch'],
  ['shards of PyTorch', () => pytorchFolder(['sharded', '.']), 'PyTorch'],
  ["gpt-2-simple's checkpoint", () => GPT_2_SIMPLE, 'TensorFlow'],
];
for (const [what, source, format] of exact) {
  test(`${what} is added with the very same weights`, async () => {
    const from = described();
    cpSync(source(), from, { recursive: true });

    const result = await added(from);

    assert.deepEqual([result.kind, result.format, result.parameters, result.remarks], ['model', format, 10_640, []]);
    assertSameWeights(result.output);
  });
}

test('an added model computes what the checkpoint computed, and its folder says where it is from', async () => {
  const { output, model } = await added(GPT_2_SIMPLE);

  const network = await openNetwork(model);
  const { logits } = await network.forward({
    tokens: inputIds,
    cache: network.createCache(3, 16),
    at: 'every',
    want: ['logits'],
  });
  const golden = readTensor(readSafetensors(path.join(TINY, 'goldens.safetensors')), 'logits');
  assert.ok(logits.every((logit, at) => Math.abs(logit - golden[at]!) < 1e-3));
  assert.deepEqual(JSON.parse(readFileSync(path.join(output, 'run.json'), 'utf8')), {
    source: { path: 'gpt-2-simple', format: 'TensorFlow', addedAt: '2026-11-23T10:00:00.000Z' },
  });
  assert.deepEqual(readdirSync(path.dirname(output)), ['ada']);
  await network.release();
});

for (const [what, file, told] of [
  ['a run', '../run/run.json', { persona: 'ada', parent: 'starter', steps: 9 }],
  ['a checkpoint of a run', '../plan.json', { persona: 'ada', base: 'starter', steps: 9 }],
] as const) {
  test(`what is added of ${what} keeps whose texts it learned, and what it began from`, async () => {
    const run = path.join(newFolder(), 'run');
    cpSync(TINY, run, { recursive: true });
    writeFileSync(path.join(run, file), JSON.stringify(told));

    const { output } = await added(run);

    const { source } = JSON.parse(readFileSync(path.join(output, 'run.json'), 'utf8'));
    assert.deepEqual(source.trained, { persona: 'ada', parent: 'starter' });
  });
}

test("gpt-2-simple's encoder.json and vocab.bpe become the tokenizer.json of GPT-2", async () => {
  const { output } = await added(GPT_2_SIMPLE);
  assert.deepEqual(JSON.parse(readFileSync(path.join(output, 'tokenizer.json'), 'utf8')), gpt2Prefix(320));

  const whole = gpt2Prefix(50_257);
  const folder = newFolder();
  cpSync(
    writeRandomModel(path.join(folder, 'large'), { n_embd: 2, n_head: 1, n_layer: 1, vocab_size: 50_257 }),
    folder,
    {
      recursive: true,
    },
  );
  rmSync(path.join(folder, 'tokenizer.json'));
  writeFileSync(path.join(folder, 'encoder.json'), JSON.stringify(whole.model.vocab));
  writeFileSync(path.join(folder, 'vocab.bpe'), `#version: 0.2\n${whole.model.merges.join('\n')}\n`);
  const large = await added(folder);

  const made = JSON.parse(readFileSync(path.join(large.output, 'tokenizer.json'), 'utf8'));
  assert.deepEqual(made, whole);
  assert.deepEqual(createTokenizer(made).encode('Hello, world!'), [15496, 11, 995, 0]);
});

test('each tensor keeps its type, but doubles, which become single', async () => {
  const { output, model } = await added(pytorchFolder(['mixed.pt', 'mixed.pt']));

  const types = [...model.weights.tensors.values()].map(({ dtype }) => dtype);
  assert.deepEqual(types.slice(0, 3), ['F16', 'BF16', 'F32']);
  assertSameWeights(output, 2 ** -8); // half a unit in bfloat16's last place, for values below 2
});

test('sharded safetensors are joined, and an untied head is kept', async () => {
  const head: TensorData = {
    name: 'lm_head.weight',
    dtype: 'F32',
    shape: [320, 16],
    data: new Float32Array(5120).fill(2),
  };
  const folder = described({ tie_word_embeddings: false });
  const all = [...tensorsOf(TINY), head];
  const weight_map: Record<string, string> = {};
  for (const part of [0, 1]) {
    const file = `model-0000${part + 1}-of-00002.safetensors`;
    const inPart = all.filter((_, index) => index % 2 === part);
    writeSafetensors(path.join(folder, file), inPart);
    for (const { name } of inPart) weight_map[name] = file;
  }
  writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));

  const { model } = await added(folder);

  assert.equal(model.config.tie_word_embeddings, false);
  assert.deepEqual(readTensor(model.weights, 'lm_head.weight'), head.data);
});

test('a file alone: its sizes come from its tensors, its tokenizer from where one says', async () => {
  const other = writeRandomModel(path.join(newFolder(), 'other'), { n_embd: 128, n_head: 2, n_inner: 96 });
  const { config } = readModelFolder(other);
  const bare = path.join(newFolder(), 'weights.safetensors');
  renameSync(path.join(other, 'model.safetensors'), bare);

  const { model, remarks } = await added(bare, { tokenizer: other });

  assert.deepEqual(model.config, config);
  assert.deepEqual(remarks, [
    'no config.json: 2 layers of 128 as its tensors have them, and 2 heads of 64, as is usual',
  ]);
});

test("a file alone with GPT-2's number of tokens has GPT-2's own tokenizer, and a head of its own where it has one", async () => {
  const folder = writeRandomModel(path.join(newFolder(), 'any'), {
    n_embd: 64,
    n_head: 1,
    n_layer: 1,
    vocab_size: 50_257,
  });
  const bare = path.join(folder, 'bare.safetensors');
  const all = tensorsOf(folder);
  const wte = all[0]!;
  writeSafetensors(bare, [...all, { ...wte, name: 'lm_head.weight', data: wte.data.map((value) => -value) }]);

  const { model, output, remarks } = await added(bare);

  assert.equal(model.config.tie_word_embeddings, false);
  assert.deepEqual(JSON.parse(readFileSync(path.join(output, 'tokenizer.json'), 'utf8')), gpt2Prefix(50_257));
  assert.match(remarks.join('; '), /GPT-2's own, as there are 50257 tokens/);
});

test('an archive from a notebook is unpacked first, and nothing of that stays', async () => {
  const folder = newFolder();
  cpSync(GPT_2_SIMPLE, path.join(folder, 'checkpoint/run1'), { recursive: true });
  for (const [file, ...command] of [
    ['run1.tar', 'tar', '-cf'],
    ['run1.tar.gz', 'tar', '-czf'],
  ] as const) {
    const archive = path.join(newFolder(), file);
    execFileSync(command[0], [command[1], archive, '-C', folder, 'checkpoint']);
    const unpacked: string[] = [];

    const { output, format } = await added(archive, { onUnpack: (name) => unpacked.push(name) });

    assertSameWeights(output);
    assert.deepEqual([format, unpacked, readdirSync(path.dirname(output))], ['TensorFlow', [archive], ['ada']]);
  }
});

test('a zip of a trained folder is added, and one whose paths lead out of it is refused', async () => {
  const zipped = async (prefix: string) => {
    const zip = new ZipFile();
    for (const name of ['config.json', 'tokenizer.json', 'model.safetensors']) {
      zip.addBuffer(readFileSync(path.join(TINY, name)), `${prefix}/${name}`);
    }
    zip.addBuffer(Buffer.from('hello'), `${prefix}/README.md`);
    zip.end();
    return Buffer.concat(await Array.fromAsync(zip.outputStream as AsyncIterable<Buffer>));
  };
  const good = path.join(newFolder(), 'good.zip');
  writeFileSync(good, await zipped('results/final'));
  const evil = path.join(newFolder(), 'evil.zip');
  writeFileSync(evil, Buffer.from((await zipped('xx/xx')).toString('latin1').replaceAll('xx/xx', '../..'), 'latin1'));

  const { output } = await added(good);

  assertSameWeights(output);
  await assert.rejects(added(evil), { name: 'UserError', message: /evil\.zip, .*: refused: is a path that leads out/ });
});

test('an adapter is added beside its base, whichever file its weights are in', async () => {
  const models = newFolder();
  cpSync(TINY, path.join(models, 'tiny-gpt2'), { recursive: true });
  const source = path.join(FIXTURES, 'tiny-adapter');

  const result = await add(source, path.join(models, 'ada'));
  await add(path.join(source, 'adapter_config.json'), path.join(models, 'eve'), { base: 'tiny-gpt2' });

  assert.deepEqual([result.kind, result.format, result.parameters], ['adapter', 'PEFT', 1664]);
  const [ada, eve, from] = [path.join(models, 'ada'), path.join(models, 'eve'), source].map(
    (folder) => readModelFolder(folder).adapter!,
  );
  assert.deepEqual([ada!.base, eve!.base, ada!.scale], ['someone/tiny-gpt2', 'tiny-gpt2', from!.scale]);
  const name = 'h.1.mlp.c_proj.lora_B.weight';
  assert.deepEqual(readTensor(ada!.weights, name), readTensor(from!.weights, name));
});

test("an adapter of an older peft, whose weights are PyTorch's, is added too", async () => {
  const models = newFolder();
  cpSync(TINY, path.join(models, 'tiny-gpt2'), { recursive: true });
  const source = newFolder();
  cpSync(path.join(FIXTURES, 'tiny-adapter/adapter_config.json'), path.join(source, 'adapter_config.json'));
  cpSync(path.join(PYTORCH, 'adapter_model.bin'), path.join(source, 'adapter_model.bin'));

  await add(source, path.join(models, 'ada'));

  const { network, adapter } = await openModel(path.join(models, 'ada'));
  const adapters = inputIds.map(() => adapter);
  const { logits } = await network.forward({ tokens: inputIds, at: 'every', want: ['logits'], adapters });
  const golden = readTensor(readSafetensors(path.join(FIXTURES, 'tiny-adapter/goldens.safetensors')), 'logits');
  assert.ok(logits.every((logit, at) => Math.abs(logit - golden[at]!) < 1e-4));
  await network.release();
});

test('what is no part of a GPT-2 is left out and named', async () => {
  const value: TensorData = { name: 'v_head.summary.weight', dtype: 'F32', shape: [1], data: new Float32Array(1) };

  const { remarks } = await added(safetensorsFolder((all) => [...all, value]));

  assert.deepEqual(remarks, ['left out: v_head.summary.weight, which is no part of a GPT-2']);
});

test('progress is told in bytes of the weights, up to all of them', async () => {
  const told: { bytesRead: number; bytes: number }[] = [];

  const { bytes } = await added(TINY, { onProgress: (progress) => told.push(progress) });

  assert.deepEqual([told.length, told.at(-1), bytes], [28, { bytesRead: 42_560, bytes: 42_560 }, 42_560]);
});

test('one that is stopped leaves nothing', async () => {
  const models = newFolder();
  const stopping = new AbortController();

  const adding = add(TINY, path.join(models, 'ada'), {
    signal: stopping.signal,
    onProgress: () => stopping.abort(),
  });

  await assert.rejects(adding, { name: 'UserError', message: /^Stopped; nothing was added/ });
  assert.deepEqual(readdirSync(models), []);
});

test('what a kill left is no obstacle', async () => {
  const models = newFolder();
  for (const left of ['.ada.adding/unpacked/x', '.ada.added/config.json'])
    mkdirSync(path.join(models, left), { recursive: true });

  await add(TINY, path.join(models, 'ada'));

  assert.deepEqual(readdirSync(models), ['ada']);
});

const withValue = (value: number) => () =>
  safetensorsFolder((all) =>
    all.map((tensor) =>
      tensor.name === 'h.1.mlp.c_fc.weight' ? { ...tensor, data: tensor.data.with(41, value) } : tensor,
    ),
  );
const refusals: readonly [what: string, source: () => string, message: RegExp][] = [
  ['nothing', () => '/nowhere', /^\/nowhere: expected a file or folder, found none/],
  ['an empty folder', newFolder, /expected a GPT-2, found none of its files/],
  [
    "another program's weights",
    () => {
      const folder = described();
      writeFileSync(path.join(folder, 'tf_model.h5'), 'x');
      return folder;
    },
    /found tf_model\.h5 only, which is in a format of another program/,
  ],
  [
    'two models',
    () => {
      const folder = newFolder();
      for (const name of ['checkpoint-500', 'checkpoint-1000'])
        cpSync(TINY, path.join(folder, name), { recursive: true });
      return folder;
    },
    /expected one model, found 2: checkpoint-1000, checkpoint-500/,
  ],
  ['NaN', withValue(Number.NaN), /found NaN or infinity in h\.1\.mlp\.c_fc\.weight at \[1,1\]/],
  ['infinity', withValue(Number.NEGATIVE_INFINITY), /found NaN or infinity in h\.1\.mlp\.c_fc\.weight at \[1,1\]/],
  ['a missing tensor', () => safetensorsFolder((all) => all.slice(1)), /wte\.weight \[320,16\].*found no such tensor/],
  ['another shape', () => safetensorsFolder((all) => all, { n_embd: 32 }), /wte\.weight \[320,32\].*found \[320,16\]/],
  ['more layers than its config', () => safetensorsFolder((all) => all, { n_layer: 1 }), /h\.1\.\S+ among them/],
  ['another architecture', () => safetensorsFolder((all) => all, { model_type: 'llama' }), /model_type/],
  [
    'integers for weights',
    () => {
      const folder = described();
      const file = path.join(folder, 'model.safetensors');
      const bytes = readFileSync(path.join(TINY, 'model.safetensors'));
      writeFileSync(file, Buffer.from(bytes.toString('latin1').replaceAll('"F32"', '"I32"'), 'latin1'));
      return folder;
    },
    /expected wte\.weight in F32, F16, BF16 or F64, found another type/,
  ],
  [
    'one parameter under two names',
    () => safetensorsFolder((all) => [...all, { ...all[0]!, name: `transformer.${all[0]!.name}` }]),
    /expected one tensor wte\.weight, found wte\.weight and transformer\.wte\.weight/,
  ],
  [
    'no tokenizer',
    () => {
      const folder = safetensorsFolder((all) => all);
      rmSync(path.join(folder, 'tokenizer.json'));
      return folder;
    },
    /Expected a tokenizer for 320 tokens beside the weights, found none/,
  ],
  [
    'a tokenizer of more tokens',
    () => {
      const folder = safetensorsFolder((all) => all);
      writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(gpt2Prefix(321)));
      return folder;
    },
    /expected a tokenizer of at most 320 tokens, found one of 321/,
  ],
  [
    'a shard elsewhere',
    () => {
      const folder = described();
      const weight_map = { 'wte.weight': '../../../etc/passwd' };
      writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));
      return folder;
    },
    /expected shards that lie beside it, found \.\.\/\.\.\/\.\.\/etc\/passwd/,
  ],
  ['a web page instead of weights', () => fileNamed('model.bin', '<html>log in</html>'), /found an operation 0x3c/],
  ['a web page instead of an archive', () => fileNamed('run1.tar', '<html>log in</html>'), /expected an archive/],
  ['an empty file', () => fileNamed('model.safetensors', ''), /expected a safetensors file, found 0 bytes/],
  ['a text', () => fileNamed('notes.txt', 'hello'), /expected a file of weights, found something else/],
  [
    'an adapter without its base',
    () => path.join(FIXTURES, 'tiny-adapter'),
    /its base model in .*tiny-gpt2, found none/,
  ],
];
function fileNamed(name: string, content: string): string {
  const file = path.join(newFolder(), name);
  writeFileSync(file, content);
  return file;
}
for (const [what, source, message] of refusals) {
  test(`${what} is refused in one line, and nothing is left`, async () => {
    const models = newFolder();
    const from = source();

    await assert.rejects(add(from, path.join(models, 'ada')), (error: Error) => {
      assert.equal(error.name, 'UserError');
      assert.match(error.message, message);
      return !/\n|\.adding|\.added/.test(error.message);
    });

    assert.deepEqual(readdirSync(models), []);
  });
}

test('a model that is there already is left as it is', async () => {
  const models = newFolder();
  const output = path.join(models, 'ada');
  mkdirSync(output);

  await assert.rejects(add(TINY, output), { name: 'UserError', message: /expected no such model yet, found one/ });

  assert.ok(existsSync(output));
  assert.deepEqual(readdirSync(output), []);
});
