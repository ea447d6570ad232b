import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { failuresOnSoftwareGpu, missingGpu, softwareGpu } from '../software-gpu.ts';

const gpu = softwareGpu();

test('WebGPU computes what the CPU computes, with its caches on the GPU', {
  skip: gpu ? false : missingGpu(import.meta.filename),
}, () => {
  assert.equal(failuresOnSoftwareGpu(path.join(import.meta.dirname, 'on-webgpu.ts'), gpu!), undefined);
});
