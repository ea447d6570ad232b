/** Run by webgpu-bits.long.ts, in a process that has a GPU in software. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { openDeviceNetwork } from '../../src/model/device-network.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { openNetwork } from '../../src/model/network.ts';
import { quantizeModel } from '../../src/model/quantization/quantize-model.ts';
import { batchLogits } from './batch-logits.ts';
import { writeRandomModel } from './random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'webgpu-bits-'));
after(() => rmSync(home, { recursive: true }));
const narrow = writeRandomModel(path.join(home, 'random'), { n_embd: 64, n_head: 2, deviation: 0.3 });

const broad = writeRandomModel(path.join(home, 'broad'), { n_embd: 256, n_head: 4 });

for (const [folder, bits, block] of [
  [narrow, 8, 64],
  [narrow, 4, 32],
  [broad, 8, 256],
] as const) {
  test(`weights in ${bits} bits in blocks of ${block} compute what they do on the CPU, but for what that rounds the other side to`, async () => {
    const model = readModelFolder(await quantizeModel(folder, { bits }));

    assert.equal(model.quantization?.block, block);

    const expected = await batchLogits(await openNetwork(model), model.config);
    const computed = await batchLogits(await openDeviceNetwork(model, 'webgpu'), model.config);

    for (const [name, values] of Object.entries(expected)) {
      const largest = values.reduce((most, value, at) => Math.max(most, Math.abs(value - computed[name]![at]!)), 0);
      const range = Math.max(...values) - Math.min(...values);
      assert.ok(largest < 0.05 * range, `${name} differs by ${largest} of ${range}`);
    }
  });
}
