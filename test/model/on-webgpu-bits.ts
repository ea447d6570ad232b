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
const folder = writeRandomModel(path.join(home, 'random'), { n_embd: 64, n_head: 2, deviation: 0.3 });

for (const bits of [8, 4] as const) {
  test(`weights in ${bits} bits compute what they do on the CPU, but for what that rounds the other side to`, async () => {
    const model = readModelFolder(await quantizeModel(folder, { bits }));

    const expected = await batchLogits(await openNetwork(model), model.config);
    const computed = await batchLogits(await openDeviceNetwork(model, 'webgpu'), model.config);

    for (const [name, values] of Object.entries(expected)) {
      const largest = values.reduce((most, value, at) => Math.max(most, Math.abs(value - computed[name]![at]!)), 0);
      const range = Math.max(...values) - Math.min(...values);
      assert.ok(largest < 0.05 * range, `${name} differs by ${largest} of ${range}`);
    }
  });
}
