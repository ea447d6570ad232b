import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { startModelHost } from '../../src/host/model-host.ts';
import { createLog } from '../../src/log.ts';
import { writeRandomModel } from '../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-devices-'));
after(() => rmSync(home, { recursive: true, force: true }));
const folder = writeRandomModel(path.join(home, 'small'));
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
