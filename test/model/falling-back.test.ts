import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { generate } from '../../src/generation/generate.ts';
import { openDeviceNetwork } from '../../src/model/device-network.ts';
import { fallingBack } from '../../src/model/falling-back.ts';
import { type Model, openModel } from '../../src/model/model.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { type Network, openNetwork } from '../../src/model/network.ts';
import { batchLogits, TINY } from './batch-logits.ts';
import { writeRandomModel } from './random-model.ts';

const folder = writeRandomModel(mkdtempSync(path.join(tmpdir(), 'eidolon-')), { deviation: 0.3 });
const model = readModelFolder(folder);
const onCpu = () => openNetwork(model);

/** A real network that does something else at its run of that number, counted from 0. */
function failingAt(network: Network, run: number, fail: (network: Network) => Promise<unknown>): Network {
  let runs = 0;
  return {
    device: 'webgpu',
    createCache: network.createCache,
    release: network.release,
    rest: network.rest,
    async forward(input) {
      if (runs++ === run) await fail(network);
      const found = await network.forward(input);
      if (runs > run) for (const values of Object.values(found)) (values as Float32Array).fill(Number.NaN);
      return found;
    },
  };
}

const request = {
  prompt: 'A day',
  count: 3,
  seed: 7,
  sampling: { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, maxTokens: 12 },
};

test('a device that is lost in the middle of a batch costs nothing but time: the batch is done again, and goes on on the CPU', async () => {
  const expected = await generate(await openModel(folder), request);
  for (const run of [0, 1, 7]) {
    const lost: string[] = [];
    // A session that is released can do nothing more, as that of a device that is gone.
    const device = failingAt(await openDeviceNetwork(model, 'cpu'), run, (network) => network.release());
    const network = fallingBack(device, onCpu, (name, why) => lost.push(`${name}: ${why}`));

    const written = await generate({ ...(await openModel(folder)), network } satisfies Model, request);

    assert.deepEqual(
      written.map(({ text }) => text),
      expected.map(({ text }) => text),
    );
    assert.equal(network.device, 'cpu');
    assert.equal(lost.length, 1, 'it is told once');
    assert.match(lost[0]!, /^webgpu: ./);
  }
});

test('a device that gives something that is not a number is as good as lost', async () => {
  const expected = await generate(await openModel(folder), request);
  const lost: string[] = [];
  const device = failingAt(await onCpu(), 4, async () => {});
  const network = fallingBack(device, onCpu, (_, why) => lost.push(why));

  const written = await generate({ ...(await openModel(folder)), network }, request);

  assert.deepEqual(
    written.map(({ text }) => text),
    expected.map(({ text }) => text),
  );
  assert.deepEqual(lost, ['it gave something that is not a number']);
});

test('rows with adapters, rows set aside and rows that were spread are read anew as they were, wherever the device is lost', async () => {
  const tiny = readModelFolder(TINY);
  const expected = await batchLogits(await openNetwork(tiny), tiny.config);
  for (let run = 0; run < 8; run++) {
    const device = failingAt(await openDeviceNetwork(tiny, 'cpu'), run, (network) => network.release());

    const computed = await batchLogits(
      fallingBack(
        device,
        () => openNetwork(tiny),
        () => {},
      ),
      tiny.config,
    );

    for (const [name, values] of Object.entries(expected)) {
      const largest = values.reduce((most, value, at) => Math.max(most, Math.abs(value - computed[name]![at]!)), 0);
      assert.ok(largest < 1e-4, `lost at ${run}: ${name} differs by ${largest}`);
    }
  }
});

test('what nobody can compute is no fault of the device', async () => {
  const lost: string[] = [];
  const network = fallingBack(await openDeviceNetwork(model, 'cpu'), onCpu, (_, why) => lost.push(why));
  const cache = network.createCache(1, 2);

  await assert.rejects(
    network.forward({ tokens: [[1, 2, 3]], cache, at: 'last', want: ['logits'] }),
    /A row of 2 tokens cannot hold more/,
  );

  assert.deepEqual(lost, []);
});
