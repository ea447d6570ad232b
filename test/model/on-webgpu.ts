/** Run by webgpu.test.ts, in a process that has a GPU in software. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeviceCache } from '../../src/model/device-cache.ts';
import { openDeviceNetwork } from '../../src/model/device-network.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { openNetwork } from '../../src/model/network.ts';
import { batchLogits, TINY } from './batch-logits.ts';

const model = readModelFolder(TINY);
const network = await openDeviceNetwork(model, 'webgpu');

test('prompts, batches that change, adapters and scores are what the CPU makes of them', async () => {
  const cpu = await openNetwork(model);

  const expected = await batchLogits(cpu, model.config);
  const computed = await batchLogits(network, model.config);

  for (const [name, values] of Object.entries(expected)) {
    const largest = values.reduce((most, value, at) => Math.max(most, Math.abs(value - computed[name]![at]!)), 0);
    assert.ok(largest < 1e-3, `${name} differs by ${largest}`);
  }
});

test('the cache stays on the GPU: a step writes into it in place, and what nobody uses any more is let go', async () => {
  const [cache, other] = [network.createCache(1, 8), network.createCache(0, 8, 1)];
  assert.ok(cache instanceof DeviceCache);
  const locations = (tensors: readonly { readonly location: string }[]) =>
    new Set(tensors.map(({ location }) => location));

  await network.forward({ tokens: [[1, 2]], cache, at: 'last', want: ['logNormalizers'] });
  const { tensors } = await cache.block();
  await network.forward({ tokens: [[3]], cache, at: 'last', want: ['logNormalizers'] });

  assert.equal((await cache.block()).tensors, tensors);
  assert.deepEqual(locations(tensors), new Set(['gpu-buffer']));
  other.add(cache, 0);
  await network.forward({ tokens: [[4]], cache, at: 'last', want: ['logNormalizers'] });
  assert.notEqual((await cache.block()).tensors, tensors, 'what two caches share is not written into');
  assert.deepEqual(locations(tensors), new Set(['gpu-buffer']));
  other.release();
  assert.deepEqual(locations(tensors), new Set(['none']));
});
