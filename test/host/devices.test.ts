import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { startModelHost } from '../../src/host/model-host.ts';
import { openModels } from '../../src/host/open-models.ts';
import { createLog } from '../../src/log.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { weightBytes } from '../../src/model/weight-bytes.ts';
import { writeRandomAdapter } from '../model/random-adapter.ts';
import { writeRandomModel } from '../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-devices-'));
after(() => rmSync(home, { recursive: true, force: true }));
const folder = writeRandomModel(path.join(home, 'small'));
const adapter = writeRandomAdapter(path.join(home, 'adapter'), { base: folder });
const sampling = { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, maxTokens: 8 };
const request = { folder, prompt: 'A day', count: 3, seed: 7, sampling };
const log = createLog({ level: 'error' });

test('a device that this system does not have is refused in one line, and the host goes on with others', async () => {
  const host = startModelHost(log);
  after(() => host.close());
  const device = process.platform === 'darwin' ? 'directml' : 'coreml';

  await assert.rejects(host.generate({ ...request, device }), {
    name: 'UserError',
    message: new RegExp(`^device: expected one of cpu, .* on this system, found ${device}$`),
  });

  assert.equal((await host.generate({ ...request, device: 'cpu' })).generated.length, 3);
});

test('auto takes what was measured to be the quickest, tells and remembers why, and shows it', async () => {
  const deviceFile = path.join(home, 'data/devices.json');
  const host = startModelHost(log, { device: 'auto', deviceFile });
  after(() => host.close());

  const { model } = await host.generate(request);

  const { models } = await host.figures();
  const [choice] = JSON.parse(readFileSync(deviceFile, 'utf8'));
  assert.equal(choice.model, model.hash);
  assert.match(choice.found.webgpu, /^(cannot be used: |failed: |computes |\d)/);
  assert.deepEqual(
    models.map(({ device }) => device),
    [choice.device],
  );
});

test('a device that was remembered and does not work any more is forgotten, told once, and the CPU goes on', async (t) => {
  const deviceFile = path.join(home, 'remembered.json');
  const lost: string[] = [];
  const open = () =>
    openModels({ budgetBytes: 1e9, deviceFile, onLost: (model, device) => lost.push(`${model} on ${device}`) });
  const measuring = open();
  await (await measuring.lease(folder, 'auto'))?.giveBack();
  await measuring.clear();
  const [choice] = JSON.parse(readFileSync(deviceFile, 'utf8'));
  if (!choice.found.webgpu?.startsWith('cannot be used')) return t.skip('this machine has a GPU');
  writeFileSync(deviceFile, JSON.stringify([{ ...choice, device: 'webgpu' }]));

  const remembering = open();
  const leases = [await remembering.lease(folder, 'auto'), await remembering.lease(adapter, 'auto')];

  assert.deepEqual(
    leases.map((lease) => lease?.model.model.network.device),
    ['cpu', 'cpu'],
  );
  assert.deepEqual(lost, ['small on webgpu']);
  assert.deepEqual(JSON.parse(readFileSync(deviceFile, 'utf8')), []);
  for (const lease of leases) await lease?.giveBack();
  await assert.rejects(remembering.lease(folder, 'webgpu'), { name: 'UserError', message: /expected webgpu to work/ });
  await remembering.clear();
});

test('a model that would not fit into memory twice runs on the CPU, and is not measured', async () => {
  const deviceFile = path.join(home, 'unmeasured.json');
  const bytes = weightBytes(readModelFolder(folder).weights);
  const models = openModels({ budgetBytes: 2 * bytes - 1, deviceFile });

  const lease = await models.lease(folder, 'auto');

  assert.equal(lease?.model.model.network.device, 'cpu');
  assert.equal(existsSync(deviceFile), false);
  await lease.giveBack();
  await models.clear();
});
