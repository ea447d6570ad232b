import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { chooseDevice } from '../../src/model/choose-device.ts';
import { openDeviceNetwork } from '../../src/model/device-network.ts';
import { type Measuring, measureDevices } from '../../src/model/measure-devices.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { type Network, openNetwork } from '../../src/model/network.ts';
import type { Device } from '../../src/persona/device.ts';
import { writeRandomModel } from './random-model.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-devices-'));
const model = readModelFolder(writeRandomModel(path.join(folder, 'model')));

/** Real networks under the names of devices, by a clock that their steps move on. */
function machine(
  devices: Partial<Record<Device, { stepMs: number; change?: (logits: Float32Array) => void } | Error>>,
) {
  const opened: Device[] = [];
  let time = 0;
  const measuring: Measuring = {
    config: model.config,
    now: () => time,
    async open(device) {
      opened.push(device);
      const has = devices[device];
      if (has instanceof Error) throw has;
      if (!has) throw new Error(`No ${device}`);
      const network = device === 'cpu' ? await openNetwork(model) : await openDeviceNetwork(model, 'cpu');
      return {
        device,
        createCache: network.createCache,
        release: network.release,
        rest: network.rest,
        async forward(input) {
          time += has.stepMs;
          const found = await network.forward(input);
          if ('logits' in found) has.change?.(found.logits as Float32Array);
          return found;
        },
      } satisfies Network;
    },
  };
  return { measuring, opened };
}

test('the quickest device whose logits are those of the CPU is taken, and it is said how each did', async () => {
  const { measuring } = machine({ cpu: { stepMs: 50 }, webgpu: { stepMs: 9.5 }, cuda: new Error('No driver\nat all') });

  const { device, found } = await measureDevices(['webgpu', 'cuda'], measuring);

  assert.equal(device, 'webgpu');
  assert.equal(found.cpu, '50 ms a step of 8 rows');
  assert.match(found.webgpu!, /^9\.5 ms a step of 8 rows, logits within 0\.\d+ % of the CPU's$/);
  assert.equal(found.cuda, 'cannot be used: No driver');
});

test('a device that is quicker and wrong is not taken, nor one that gives no numbers', async () => {
  const wrong = machine({ cpu: { stepMs: 50 }, webgpu: { stepMs: 5, change: (logits) => logits.fill(0, 0, 9) } });
  const none = machine({ cpu: { stepMs: 50 }, webgpu: { stepMs: 5, change: (logits) => (logits[3] = Number.NaN) } });

  const [first, second] = [
    await measureDevices(['webgpu'], wrong.measuring),
    await measureDevices(['webgpu'], none.measuring),
  ];

  assert.deepEqual([first.device, second.device], ['cpu', 'cpu']);
  assert.match(first.found.webgpu!, /^computes something else than the CPU: logits differ by \d/);
  assert.match(second.found.webgpu!, /^computes something else than the CPU: logits differ by NaN/);
});

test('a device that takes for ever is given up before it is through', async () => {
  const { measuring } = machine({ cpu: { stepMs: 50 }, webgpu: { stepMs: 11_000 } });

  const { device, found } = await measureDevices(['webgpu'], measuring);

  assert.equal(device, 'cpu');
  assert.equal(found.webgpu, 'failed: a step takes 11 s');
  const slower = machine({ cpu: { stepMs: 50 }, webgpu: { stepMs: 30_000 } });
  const { found: foundThere } = await measureDevices(['webgpu'], slower.measuring);
  assert.equal(foundThere.webgpu, 'failed: reading a prompt takes 30 s');
});

test('where nothing else can be opened, the CPU is not even measured', async () => {
  const { measuring, opened } = machine({ cpu: { stepMs: 50 } });

  const { device } = await measureDevices(['webgpu'], measuring);

  assert.equal(device, 'cpu');
  assert.deepEqual(opened, ['webgpu']);
});

test('a choice is remembered with its reasons by model, machine and runtime, and made once', async () => {
  const file = path.join(folder, 'data/devices.json');
  let measured = 0;
  const found = { webgpu: '9 ms a step of 8 rows', cpu: '50 ms a step of 8 rows' };
  const measure = async () => {
    measured++;
    return { device: 'webgpu' as const, found };
  };

  const choices = [];
  for (const modelHash of ['a', 'a', 'b']) choices.push(await chooseDevice({ file, modelHash, measure }));

  assert.deepEqual(choices, ['webgpu', 'webgpu', 'webgpu']);
  assert.equal(measured, 2);
  const [newest] = JSON.parse(readFileSync(file, 'utf8'));
  assert.deepEqual(
    [newest.model, newest.device, newest.found, typeof newest.machine, typeof newest.runtime],
    ['b', 'webgpu', found, 'string', 'string'],
  );
});

test('a driver that takes the process with it twice is left alone from then on', async () => {
  const file = path.join(folder, 'crash.json');
  const never = () => new Promise<never>(() => {});
  for (let crash = 0; crash < 2; crash++) void chooseDevice({ file, modelHash: 'a', measure: never });

  const chosen = await chooseDevice({ file, modelHash: 'a', measure: never });

  assert.equal(chosen, 'cpu');
  assert.match(readFileSync(file, 'utf8'), /the process ended 2 times while they were tried/);
});

test('what fails in the usual way is tried again, and a file that is broken is made anew', async () => {
  const file = path.join(folder, 'broken.json');
  writeFileSync(file, '{ not JSON');
  for (let failure = 0; failure < 3; failure++) {
    await assert.rejects(
      chooseDevice({ file, modelHash: 'a', measure: () => Promise.reject(new Error('No memory')) }),
      /No memory/,
    );
  }

  const measure = async () => ({ device: 'webgpu' as const, found: {} });

  assert.equal(await chooseDevice({ file, modelHash: 'a', measure }), 'webgpu');
  assert.ok(existsSync(file));
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).length, 1);
});

test('who is ended while devices are measured hears of that, and nothing is said of a device', async () => {
  const stopping = new AbortController();
  const devices = { cpu: { stepMs: 50 }, webgpu: { stepMs: 9, change: () => stopping.abort(new Error('It stops')) } };
  const { measuring, opened } = machine(devices);

  const measured = measureDevices(['webgpu', 'cuda'], { ...measuring, signal: stopping.signal });

  await assert.rejects(measured, /It stops/);
  assert.deepEqual(opened, ['webgpu', 'cpu']);
});
