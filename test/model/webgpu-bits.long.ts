import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { failuresOnSoftwareGpu, MISSING_GPU, softwareGpu } from '../software-gpu.ts';

const gpu = softwareGpu();

test('WebGPU computes with weights in fewer bits', { skip: gpu ? false : MISSING_GPU }, () => {
  assert.equal(failuresOnSoftwareGpu(path.join(import.meta.dirname, 'on-webgpu-bits.ts'), gpu!), undefined);
});
