import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { openModel } from '../../src/model/model.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { quantizeModel } from '../../src/model/quantization/quantize-model.ts';
import { refuseTooLarge } from '../../src/model/room-in-memory.ts';
import { weightBytes } from '../../src/model/weight-bytes.ts';
import { writeRandomModel } from './random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'room-'));
after(() => rmSync(home, { recursive: true }));
const folder = writeRandomModel(path.join(home, 'random'), { n_embd: 64 });

test('a model that is larger than memory is refused with both sizes, and one that is not is let by', () => {
  const model = readModelFolder(folder);

  refuseTooLarge(folder, model, weightBytes(model.weights));
  assert.throws(() => refuseTooLarge(folder, model, 1000), {
    name: 'UserError',
    message: `${folder} takes 1 MB of memory, and this machine has 1 MB`,
  });
});

test('a model that is larger than the memory of this machine is refused before any of it is read', async () => {
  const large = writeRandomModel(path.join(home, 'large'), { n_embd: 64 });
  const [config, file] = ['config.json', 'model.safetensors'].map((name) => path.join(large, name));
  const vocabulary = Math.ceil(totalmem() / (4 * 64));
  const json = JSON.parse(readFileSync(config!, 'utf8'));
  writeFileSync(config!, JSON.stringify({ ...json, vocab_size: vocabulary }));
  const bytes = readFileSync(file!);
  const headerEnd = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, headerEnd));
  const [, first] = header['wte.weight'].data_offsets; // it comes first, and is last from now on
  const end = bytes.length - headerEnd - first;
  for (const { data_offsets: offsets } of Object.values<{ data_offsets?: number[] }>(header)) {
    offsets?.splice(0, 2, offsets[0]! - first, offsets[1]! - first);
  }
  header['wte.weight'] = { dtype: 'F32', shape: [vocabulary, 64], data_offsets: [end, end + 4 * 64 * vocabulary] };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(file!, Buffer.concat([length, text, bytes.subarray(headerEnd + first)]));
  truncateSync(file!, 8 + text.length + end + 4 * 64 * vocabulary); // of which the disk holds nothing

  await assert.rejects(openModel(large), {
    name: 'UserError',
    message: /takes \d+ MB of memory, and this machine has/,
  });
});

test('what weights take follows from how they are stored: half precision is computed in full, codes are not', async () => {
  const own = weightBytes(readModelFolder(folder).weights);
  const half = weightBytes(readModelFolder(await quantizeModel(folder, { bits: 16 })).weights);
  const eight = weightBytes(readModelFolder(await quantizeModel(folder, { bits: 8 })).weights);

  assert.equal(half, own);
  assert.ok(eight < 0.4 * own);
});
