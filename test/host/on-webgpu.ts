/** Run by devices.long.ts, in a process that has a GPU in software. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { startModelHost } from '../../src/host/model-host.ts';
import { createLog } from '../../src/log.ts';
import { writeRandomAdapter } from '../model/random-adapter.ts';
import { writeRandomModel } from '../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-webgpu-'));
const base = writeRandomModel(path.join(home, 'base'), { deviation: 0.3 });
const adapter = writeRandomAdapter(path.join(home, 'adapter'), { base });
const deviceFile = path.join(home, 'devices.json');
const host = startModelHost(createLog({ level: 'error' }), { deviceFile });
after(async () => {
  await host.close();
  rmSync(home, { recursive: true, force: true });
});
const sampling = { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, maxTokens: 8 };
const request = { folder: base, prompt: 'A day', count: 3, seed: 7, sampling };

test('two personas of one base share a batch on the GPU, and write what the CPU writes', async () => {
  const both = async (device: 'cpu' | 'webgpu') => {
    const [first, second] = await Promise.all([
      host.generate({ ...request, device }),
      host.generate({ ...request, device, folder: adapter, prompt: 'Night and', seed: 20 }),
    ]);
    return [...first.generated, ...second.generated].map(({ text }) => text);
  };

  const [onCpu, onGpu] = [await both('cpu'), await both('webgpu')];

  assert.deepEqual(onGpu, onCpu);
  const { models } = await host.figures();
  assert.deepEqual(models.map(({ folder, device }) => `${path.basename(folder)} ${device}`).toSorted(), [
    'adapter cpu',
    'adapter webgpu',
    'base cpu',
    'base webgpu',
  ]);
});

test('texts are scored there as on the CPU', async () => {
  const of = async (device: 'cpu' | 'webgpu') => {
    const { scores } = await host.score({ folder: adapter, device, texts: ['A day.', 'A night, and more.'] });
    return scores.flatMap(({ logProbabilities, hidden }) => [...logProbabilities, ...hidden]);
  };

  const [onCpu, onGpu] = [await of('cpu'), await of('webgpu')];

  assert.equal(onGpu.length, onCpu.length);
  for (const [at, value] of onCpu.entries()) assert.ok(Math.abs(value - onGpu[at]!) < 1e-3);
});

test('auto measures both, and remembers what it found', async () => {
  await host.generate({ ...request, device: 'auto' });

  const [{ found }] = JSON.parse(readFileSync(deviceFile, 'utf8'));
  assert.match(found.cpu, /^[\d.]+ ms a step of 8 rows$/);
  // Where the machine has much else to do, it may be too slow to be measured.
  assert.match(
    found.webgpu,
    /^(\d+(\.\d)? ms a step of 8 rows, logits within 0\.\d+ % of the CPU's|failed: .* takes \d+ s)$/,
  );
});
