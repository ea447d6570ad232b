import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { readSafetensors, readTensor, type TensorData, writeSafetensors } from '../../src/model/safetensors.ts';
import { writeRandomModel } from './random-model.ts';

const TINY = path.join(import.meta.dirname, 'fixtures/tiny-gpt2');

function tinyCopy(change: { config?: object; tensors?: (all: TensorData[]) => TensorData[] } = {}): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
  cpSync(TINY, folder, { recursive: true });
  if (change.config) {
    const file = path.join(folder, 'config.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change.config }));
  }
  if (change.tensors) {
    const file = path.join(folder, 'model.safetensors');
    const read = readSafetensors(file);
    const all = [...read.tensors.values()].map(
      ({ name, shape }): TensorData => ({ name, shape, dtype: 'F32', data: readTensor(read, name) }),
    );
    writeSafetensors(file, change.tensors(all));
  }
  return folder;
}

test('a GPT-2 folder is read: its shape, and its tensors by name', () => {
  const { config, weights } = readModelFolder(TINY);

  assert.deepEqual(config, {
    n_layer: 2,
    n_head: 2,
    n_embd: 16,
    n_inner: 40,
    n_positions: 32,
    vocab_size: 320,
    layer_norm_epsilon: 1e-5,
    tie_word_embeddings: true,
  });
  assert.equal(readTensor(weights, 'h.1.mlp.c_fc.weight').length, 16 * 40);
});

test('the prefix transformer., masks and a written-out head make no difference', () => {
  const folder = tinyCopy({
    tensors: (all) => [
      ...all.map((tensor) => ({ ...tensor, name: `transformer.${tensor.name}` })),
      { name: 'transformer.h.0.attn.bias', dtype: 'F32', shape: [1, 1, 2, 2], data: new Float32Array(4) },
      { name: 'lm_head.weight', dtype: 'F32', shape: [1], data: new Float32Array(1) },
    ],
  });

  const { weights } = readModelFolder(folder);

  assert.equal(weights.tensors.size, 28);
  assert.deepEqual(readTensor(weights, 'ln_f.bias'), readTensor(readModelFolder(TINY).weights, 'ln_f.bias'));
});

test('every shape of GPT-2 can be read', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
  const shape = { n_layer: 3, n_head: 5, n_embd: 35, n_inner: 17, n_positions: 9, vocab_size: 257 };

  writeRandomModel(folder, { ...shape, dtype: 'F16' });

  assert.deepEqual(readModelFolder(folder).config, { ...shape, layer_norm_epsilon: 1e-5, tie_word_embeddings: true });
});

test('a head that is not the embedding is read as its own matrix, and must be there', () => {
  const head: TensorData = { name: 'lm_head.weight', dtype: 'F32', shape: [320, 16], data: new Float32Array(5120) };
  const folder = tinyCopy({ config: { tie_word_embeddings: false }, tensors: (all) => [...all, head] });

  const { config, weights } = readModelFolder(folder);

  assert.equal(config.tie_word_embeddings, false);
  assert.deepEqual(weights.tensors.get('lm_head.weight')?.shape, [320, 16]);
  assert.throws(() => readModelFolder(tinyCopy({ config: { tie_word_embeddings: false } })), {
    message: /expected lm_head\.weight \[320,16\], as config\.json has it, found no such tensor/,
  });
});

const refusals: readonly [what: string, folder: () => string, message: RegExp][] = [
  [
    'a folder that does not exist',
    () => '/nowhere',
    /nowhere\/config.json: expected the config of a GPT-2, found none/,
  ],
  ['another architecture', () => tinyCopy({ config: { model_type: 'llama' } }), /found model_type: .*"gpt2"/],
  ['another activation', () => tinyCopy({ config: { activation_function: 'relu' } }), /found activation_function/],
  ['a size that is no count', () => tinyCopy({ config: { n_layer: 0 } }), /found n_layer/],
  ['heads that do not divide the width', () => tinyCopy({ config: { n_head: 3 } }), /divides n_embd 16, found 3/],
  ['more layers than it has', () => tinyCopy({ config: { n_layer: 3 } }), /h\.2\.ln_1\.weight \[16\].*no such tensor/],
  ['fewer layers than it has', () => tinyCopy({ config: { n_layer: 1 } }), /the 16 tensors .* h\.1\.\S+ among them/],
  ['another vocabulary', () => tinyCopy({ config: { vocab_size: 50257 } }), /\[50257,16\].*found \[320,16\]/],
  ['a missing tensor', () => tinyCopy({ tensors: (all) => all.slice(1) }), /wte\.weight \[320,16\].*no such tensor/],
];
for (const [what, folder, message] of refusals) {
  test(`${what} is refused in one line`, () => {
    const refused = folder();

    assert.throws(() => readModelFolder(refused), { name: 'UserError', message });
  });
}

test('a folder whose weights are cut short or gone is refused in one line that names the file', () => {
  const folder = tinyCopy();
  const file = path.join(folder, 'model.safetensors');

  truncateSync(file, 20_000);
  assert.throws(() => readModelFolder(folder), {
    message: new RegExp(`^${file}: expected \\d+ bytes, found a file cut`),
  });
  rmSync(file);
  assert.throws(() => readModelFolder(folder), { message: new RegExp(`^${file}: expected a file that can be read`) });
});
