import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { openModel } from '../../src/model/model.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { quantizeModel } from '../../src/model/quantization/quantize-model.ts';
import { refuseTooLarge } from '../../src/model/room-in-memory.ts';
import { weightBytes } from '../../src/model/weight-bytes.ts';
import { growBeyondMemory } from './beyond-memory.ts';
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
  growBeyondMemory(large);

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
