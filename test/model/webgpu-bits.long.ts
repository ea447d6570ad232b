import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { failuresOnSoftwareGpu, missingGpu, softwareGpu } from '../software-gpu.ts';

const gpu = softwareGpu();

test('WebGPU computes with weights in fewer bits', { skip: gpu ? false : missingGpu(import.meta.filename) }, () => {
  assert.equal(failuresOnSoftwareGpu(path.join(import.meta.dirname, 'on-webgpu-bits.ts'), gpu!), undefined);
});
