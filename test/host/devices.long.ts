import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { failuresOnSoftwareGpu, missingGpu, softwareGpu } from '../software-gpu.ts';

const gpu = softwareGpu();

test('the host writes on WebGPU what it writes on the CPU, and loses nothing', {
  skip: gpu ? false : missingGpu(import.meta.filename),
}, () => {
  assert.equal(failuresOnSoftwareGpu(path.join(import.meta.dirname, 'on-webgpu.ts'), gpu!), undefined);
});
