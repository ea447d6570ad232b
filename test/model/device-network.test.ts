import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openDeviceNetwork } from '../../src/model/device-network.ts';
import { availableDevices, providerOf } from '../../src/model/execution-providers.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { openNetwork } from '../../src/model/network.ts';
import { batchLogits, TINY } from './batch-logits.ts';
import { writeRandomModel } from './random-model.ts';

test('the graph of other devices computes what the one of the CPU does: prompts, batches that change, adapters, scores', async () => {
  for (const folder of [
    TINY,
    writeRandomModel(mkdtempSync(path.join(tmpdir(), 'eidolon-')), { n_embd: 35, n_head: 5 }),
  ]) {
    const model = readModelFolder(folder);
    const [usual, portable] = [await openNetwork(model), await openDeviceNetwork(model, 'cpu')];

    const expected = await batchLogits(usual, model.config);
    const computed = await batchLogits(portable, model.config);

    assert.deepEqual(Object.keys(computed), Object.keys(expected));
    for (const [name, values] of Object.entries(expected)) {
      const largest = values.reduce((most, value, at) => Math.max(most, Math.abs(value - computed[name]![at]!)), 0);
      assert.ok(largest < 1e-4, `${name} differs by ${largest}`);
    }
    await Promise.all([usual.release(), portable.release()]);
  }
});

test('a device that the runtime of this system does not know is refused in one line that names those it does', () => {
  const foreign = process.platform === 'darwin' ? 'directml' : 'coreml';

  assert.ok(availableDevices().includes('cpu'));
  assert.throws(() => providerOf(foreign), {
    name: 'UserError',
    message: new RegExp(`^device: expected one of cpu.* on this system, found ${foreign}$`),
  });
});
