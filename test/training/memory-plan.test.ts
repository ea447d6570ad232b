import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planMemory } from '../../src/training/memory-plan.ts';

const GPT2 = {
  n_layer: 12,
  n_head: 12,
  n_embd: 768,
  n_inner: 3072,
  n_positions: 1024,
  vocab_size: 50257,
  layer_norm_epsilon: 1e-5,
  tie_word_embeddings: true,
};
const FULL = { config: GPT2, method: { kind: 'full' }, length: 256, tokensAStep: 2048 } as const;
const GB = 1e9;

test('the less memory, the smaller the parts of a step, then what is kept; the rows of a step stay as many', () => {
  const plans = [64, 3.2, 2.8, 2.65].map((memory) => planMemory({ ...FULL, memory: memory * GB }));

  assert.deepEqual(plans[0]?.shape, { batch: 4, length: 256 });
  assert.equal(plans[0]?.recompute, false);
  for (const [index, { shape, accumulate, expected }] of plans.entries()) {
    assert.equal(shape.batch * accumulate, 8);
    assert.ok(expected <= (plans[index - 1]?.expected ?? Number.POSITIVE_INFINITY));
  }
  assert.ok((plans.at(-1)?.expected ?? 0) < (plans[0]?.expected ?? 0));
});

test('a limit that nothing fits is refused with both numbers, and an adapter fits where full training does not', () => {
  assert.throws(
    () => planMemory({ ...FULL, memory: GB }),
    /Expected \d\.\d GB of memory or more.*found 1\.0 GB allowed/,
  );
  assert.equal(planMemory({ ...FULL, method: { kind: 'lora' }, memory: 1.3 * GB }).recompute, true);
});
