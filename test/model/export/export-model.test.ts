import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { AutoModelForCausalLM, AutoTokenizer, env, Tensor } from '@huggingface/transformers';
import { exportModel } from '../../../src/model/export/export-model.ts';
import { readModelFolder } from '../../../src/model/model-folder.ts';
import { readSafetensors, readTensor, type TensorData, writeSafetensors } from '../../../src/model/safetensors.ts';
import { createTokenizer } from '../../../src/model/tokenizer.ts';
import { writeRandomModel } from '../random-model.ts';

env.allowRemoteModels = false;
const root = mkdtempSync(path.join(tmpdir(), 'export-'));
after(() => rmSync(root, { recursive: true }));

const FIXTURES = path.join(import.meta.dirname, '../fixtures');
const TINY = path.join(FIXTURES, 'tiny-gpt2');
const inputIds: number[][] = JSON.parse(readFileSync(path.join(TINY, 'inputs.json'), 'utf8')).inputIds;
const goldenLogits = (fixture: string) =>
  readTensor(readSafetensors(path.join(FIXTURES, fixture, 'goldens.safetensors')), 'logits');
const [B, T, V] = [3, 16, 320];
const PADDING = 2;

const temporary = () => path.join(mkdtempSync(path.join(root, 'a-')), 'exported');
const int64 = (rows: readonly (readonly number[])[]) =>
  new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]);

/** Transformers.js's logits of the golden inputs, [B, T, V], each row behind some padding. */
async function logitsOf(folder: string): Promise<Float32Array> {
  const model = await AutoModelForCausalLM.from_pretrained(folder);
  const padded = inputIds.map((row) => [...Array(PADDING).fill(0), ...row]);
  const mask = inputIds.map((row) => [...Array(PADDING).fill(0), ...row.map(() => 1)]);
  const { logits } = await model({ input_ids: int64(padded), attention_mask: int64(mask) });
  await model.dispose();
  return logits.slice(null, [PADDING, T + PADDING]).data as Float32Array;
}

function assertClose(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  const largest = actual.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);
  assert.ok(largest <= tolerance, `differs by ${largest}`);
}

test("in Transformers.js an exported model has PyTorch's logits, whatever stands before a row as padding", async () => {
  const to = temporary();

  exportModel(TINY, to);

  assert.equal(goldenLogits('tiny-gpt2').length, B * T * V);
  assertClose(await logitsOf(to), goldenLogits('tiny-gpt2'), 1e-3);
});

test("an adapter is merged: the logits are those of peft's merged model", async () => {
  const to = temporary();

  exportModel(path.join(FIXTURES, 'tiny-adapter'), to);

  assertClose(await logitsOf(to), goldenLogits('tiny-adapter'), 1e-3);
});

test('a head that is not tied to the embedding is exported as its own', async () => {
  const source = writeRandomModel(path.join(root, 'untied'), { tie_word_embeddings: false, deviation: 0.3 });
  const to = temporary();

  exportModel(source, to);

  const { tensors } = readSafetensors(path.join(to, 'model.safetensors'));
  assert.deepEqual(tensors.get('lm_head.weight')?.shape, [400, 16]);
  const model = await AutoModelForCausalLM.from_pretrained(to);
  const { logits } = await model({ input_ids: int64([[7]]), attention_mask: int64([[1]]) });
  assert.deepEqual(logits.dims, [1, 1, 400]);
  await model.dispose();
});

test('tensors have the names that transformers writes, and config.json says all of the shape', () => {
  const source = writeRandomModel(path.join(root, 'named'), { n_inner: 48 });
  const to = temporary();

  exportModel(source, to);

  const written = readSafetensors(path.join(to, 'model.safetensors'));
  assert.deepEqual(written.metadata, { format: 'pt' });
  assert.deepEqual(
    [...written.tensors.keys()].slice(0, 4),
    ['wte.weight', 'wpe.weight', 'h.0.ln_1.weight', 'h.0.ln_1.bias'].map((name) => `transformer.${name}`),
  );
  assert.deepEqual(readModelFolder(to).config, readModelFolder(source).config);
});

test('weights stay as they are stored, or become what is asked for', () => {
  const source = writeRandomModel(path.join(root, 'half'), { dtype: 'F16' });
  const [asIs, single] = [temporary(), temporary()];

  exportModel(source, asIs);
  exportModel(source, single, { dtype: 'F32' });

  const types = (folder: string) =>
    new Set([...readModelFolder(folder).weights.tensors.values()].map(({ dtype }) => dtype));
  assert.deepEqual([...types(asIs), ...types(single)], ['F16', 'F32']);
  assert.deepEqual(
    readTensor(readModelFolder(single).weights, 'wte.weight'),
    readTensor(readModelFolder(source).weights, 'wte.weight'),
  );
});

test('vocab.json and merges.txt make the tokenizer again, and Transformers.js cuts texts the same way', async () => {
  const source = writeRandomModel(path.join(root, 'cut'));
  const to = temporary();

  exportModel(source, to);

  const read = (name: string) => readFileSync(path.join(to, name), 'utf8');
  const [version, ...merges] = read('merges.txt').trimEnd().split('\n');
  assert.equal(version, '#version: 0.2');
  const json = JSON.parse(read('tokenizer.json'));
  const again = { ...json, model: { ...json.model, vocab: JSON.parse(read('vocab.json')), merges } };
  const text = 'Hope is  the thing\n\nwith feathers, naïve 日本';
  const library = await AutoTokenizer.from_pretrained(to);
  assert.deepEqual(createTokenizer(again).encode(text), library.encode(text));
  assert.deepEqual([library.eos_token, library.model_max_length], ['<|endoftext|>', 64]);
});

test('an earlier export is replaced; a folder with anything else in it is left alone', () => {
  const source = writeRandomModel(path.join(root, 'again'));
  const [to, other] = [temporary(), temporary()];
  mkdirSync(other);
  writeFileSync(path.join(other, 'letters.txt'), 'Dear Ada');

  exportModel(source, to, { dtype: 'F16' });
  exportModel(source, to, { dtype: 'F32' });

  assert.equal(readModelFolder(to).weights.tensors.get('wte.weight')?.dtype, 'F32');
  assert.throws(() => exportModel(source, other), { name: 'UserError', message: /found letters\.txt there/ });
  assert.throws(() => exportModel(source, source), { name: 'UserError', message: /found config\.json there/ });
  assert.deepEqual(readdirSync(other), ['letters.txt']);
});

test('weights that are no numbers, or too large for half precision, are named, and nothing is written', () => {
  const withEmbedding = (name: string, value: number) => {
    const folder = writeRandomModel(path.join(root, name));
    const { weights } = readModelFolder(folder);
    const tensors = [...weights.tensors].map(([tensor, { shape }]): TensorData => {
      const data = readTensor(weights, tensor);
      return { name: tensor, dtype: 'F32', shape, data: tensor === 'wpe.weight' ? data.fill(value, 3, 4) : data };
    });
    writeSafetensors(path.join(folder, 'model.safetensors'), tensors);
    return folder;
  };
  const [broken, large] = [withEmbedding('broken', Number.NaN), withEmbedding('large', 70_000)];
  const to = temporary();

  assert.throws(() => exportModel(broken, to), { name: 'UserError', message: /numbers in wpe\.weight, found NaN/ });
  assert.throws(() => exportModel(large, to, { dtype: 'F16' }), {
    message: /wpe\.weight within ±65504 for f16, found 70000/,
    hint: /--dtype f32/,
  });
  assert.deepEqual(readdirSync(path.dirname(to)), []);
});

test('where nothing can be written, that is one line for the operator', () => {
  const source = writeRandomModel(path.join(root, 'stuck'));
  const file = path.join(root, 'file');
  writeFileSync(file, '');

  assert.throws(() => exportModel(source, path.join(file, 'to')), { name: 'UserError', hint: /--to/ });
  assert.ok(existsSync(file));
});
