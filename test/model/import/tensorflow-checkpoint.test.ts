import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { findCheckpoint } from '../../../src/model/import/find-checkpoint.ts';
import { openTensorflow } from '../../../src/model/import/tensorflow-checkpoint.ts';
import { readModelFolder } from '../../../src/model/model-folder.ts';
import { readTensor } from '../../../src/model/safetensors.ts';
import { type Variable, writeBundle } from './write-bundle.ts';

const FIXTURES = path.join(import.meta.dirname, '../fixtures');
const newFolder = () => mkdtempSync(path.join(tmpdir(), 'eidolon-'));
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

const WTE: Variable = { name: 'model/wte', dtype: 1, shape: [2, 2], bytes: floats(1, 2, 3, 4) };

test("TensorFlow's own files are read, and its optimizer's variables are not the model's", async () => {
  const original = readModelFolder(path.join(FIXTURES, 'tiny-gpt2'));

  const { tensors } = openTensorflow(path.join(FIXTURES, 'gpt-2-simple/model-20'));

  assert.deepEqual(new Set(tensors.keys()), new Set(original.weights.tensors.keys()));
  for (const [name, tensor] of tensors) {
    const bytes = await tensor.read();
    assert.deepEqual(new Float32Array(bytes.buffer), readTensor(original.weights, name));
  }
});

test('names, types, shards and the width of 1 that linear layers have there are understood', async () => {
  const folder = newFolder();
  writeBundle(
    folder,
    [
      WTE,
      { name: 'model/h11/attn/c_attn/w', dtype: 19, shape: [1, 2, 3], bytes: new Uint8Array(12), shard: 1 },
      { name: 'model/h11/attn/c_attn/b', dtype: 2, shape: [3], bytes: new Uint8Array(24) },
      { name: 'model/h11/ln_2/g', dtype: 14, shape: [1], bytes: new Uint8Array(2), shard: 1 },
      { name: 'model/ln_f/b', dtype: 1, shape: [1], bytes: floats(5) },
      { name: 'model/ln_f/b/Adam', dtype: 1, shape: [1], bytes: floats(6) },
      { name: 'model/h0/mlp/c_fc/w/Adam_1', dtype: 1, shape: [1, 1, 1], bytes: floats(7) },
      { name: 'global_step', dtype: 9, shape: [], bytes: new Uint8Array(8) },
    ],
    { shards: 2 },
  );

  const { tensors } = openTensorflow(path.join(folder, 'model'));

  assert.deepEqual(
    new Map([...tensors].map(([name, { dtype, shape }]) => [name, [dtype, ...shape]])),
    new Map<string, unknown>([
      ['h.11.attn.c_attn.bias', ['F64', 3]],
      ['h.11.attn.c_attn.weight', ['F16', 2, 3]],
      ['h.11.ln_2.weight', ['BF16', 1]],
      ['ln_f.bias', ['F32', 1]],
      ['wte.weight', ['F32', 2, 2]],
    ]),
  );
  assert.deepEqual(await tensors.get('ln_f.bias')!.read(), floats(5));
  assert.equal((await tensors.get('h.11.attn.c_attn.weight')!.read()).length, 12);
});

test('what cannot be read is refused for what it is', async () => {
  const refused = async (message: RegExp, write: (folder: string) => void) => {
    const folder = newFolder();
    write(folder);
    const reading = async () => openTensorflow(path.join(folder, 'model')).tensors.get('wte.weight')?.read();
    await assert.rejects(reading, { name: 'UserError', message });
  };

  await refused(/a block packed by snappy/, (folder) => writeBundle(folder, [WTE], { packing: 1 }));
  await refused(/expected little-endian weights/, (folder) => writeBundle(folder, [WTE], { isBigEndian: true }));
  await refused(/model\/wte in one piece, found slices/, (folder) => writeBundle(folder, [{ ...WTE, isSliced: true }]));
  await refused(/model\/wte \[2,3\] in 24 bytes, found 16/, (folder) =>
    writeBundle(folder, [{ ...WTE, shape: [2, 3] }]),
  );
  await refused(/the variables of a GPT-2/, (folder) => writeBundle(folder, [{ ...WTE, name: 'bert/embeddings' }]));
  await refused(/expected 16 bytes, found a file cut short/, (folder) => {
    writeBundle(folder, [WTE]);
    rmSync(path.join(folder, 'model.data-00000-of-00001'));
  });
  await refused(/model\/wte as it was written, found a wrong checksum/, (folder) => {
    writeBundle(folder, [WTE]);
    writeFileSync(path.join(folder, 'model.data-00000-of-00001'), floats(1, 2, 3, 5));
  });
  await refused(/model\.index: expected the index of a TensorFlow checkpoint/, () => {});
});

test('an index that is broken though its checksums are right is refused, or read', () => {
  const folder = newFolder();
  const variables = Array.from({ length: 12 }, (_, layer) => ({ ...WTE, name: `model/h${layer}/ln_1/g` }));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 }),
      (changes) => {
        const change = (block: Buffer) => {
          for (const [at, by] of changes) if (at < block.length) block[at]! ^= by;
          return block;
        };
        writeBundle(folder, variables, { change });
        try {
          openTensorflow(path.join(folder, 'model'));
        } catch (error) {
          assert.ok(
            error instanceof Error && error.name === 'UserError' && !error.message.includes('\n'),
            String(error),
          );
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('of several checkpoints the one that the file checkpoint names is taken, wherever it was written', async () => {
  const folder = newFolder();
  const from = path.join(FIXTURES, 'gpt-2-simple');
  cpSync(from, folder, { recursive: true });
  for (const name of ['index', 'data-00000-of-00001'])
    cpSync(path.join(from, `model-20.${name}`), path.join(folder, `model-9.${name}`));
  const found = async () => {
    const one = await findCheckpoint(folder);
    return 'file' in one ? path.basename(one.file) : one.kind;
  };
  assert.match(readFileSync(path.join(folder, 'checkpoint'), 'utf8'), /\/content\//);

  assert.equal(await found(), 'model-20');
  writeFileSync(path.join(folder, 'checkpoint'), 'model_checkpoint_path: "model-9"\n');
  assert.equal(await found(), 'model-9');
  writeFileSync(path.join(folder, 'checkpoint'), 'model_checkpoint_path: "model-1000"\n');
  await assert.rejects(found, {
    name: 'UserError',
    message: /expected model-1000\.index, as checkpoint says, found model-20, model-9/,
  });
  rmSync(path.join(folder, 'checkpoint'));
  await assert.rejects(found, { name: 'UserError', message: /a file checkpoint that says which is the latest/ });
});
