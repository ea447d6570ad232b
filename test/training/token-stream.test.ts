import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { warmupThenCosine } from '../../src/training/learning-rate.ts';
import { heldOutBatches, tokenStream, trainingBatch } from '../../src/training/token-stream.ts';

const letters = { endOfText: 0, encode: (text: string) => [...text].map((letter) => letter.charCodeAt(0)) };

test('every document is ended by the end-of-text token, and one stands before the first', () => {
  const tokens = tokenStream(['ab', 'c'], letters);

  assert.deepEqual([...tokens], [0, 97, 98, 0, 99, 0]);
});

test('one epoch of batches shows every window once, and each label is the next token', () => {
  const tokens = Uint32Array.from({ length: 1000 }, (_, index) => index);
  const shape = { batch: 3, length: 10 };
  const perEpoch = Math.floor((Math.floor(999 / 10) - 1) / 3);

  const firsts = Array.from({ length: perEpoch }, (_, index) => {
    const { inputIds, labels } = trainingBatch(tokens, shape, 7, index);
    assert.deepEqual(
      [...labels],
      [...inputIds].map((id) => id + 1n),
    );
    return [0, 10, 20].map((row) => Number(inputIds[row]));
  }).flat();

  assert.equal(new Set(firsts).size, firsts.length);
  assert.equal(new Set(firsts.map((first) => first % 10)).size, 1, 'windows of one epoch share an offset');
});

test('a batch follows from seed and index alone, whatever was asked for before', () => {
  const tokens = Uint32Array.from({ length: 500 }, (_, index) => index * 3);
  const shape = { batch: 2, length: 8 };
  const alone = trainingBatch(tokens, shape, 1, 40);

  trainingBatch(tokens, shape, 1, 3);
  trainingBatch(tokens, shape, 2, 40);

  assert.deepEqual(trainingBatch(tokens, shape, 1, 40), alone);
});

test('held-out batches count every token but the first exactly once', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 200 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 2, max: 16 }),
      (count, batch, length) => {
        const tokens = Uint32Array.from({ length: count }, (_, index) => index);
        const seen: number[] = [];
        for (const { labels, weights } of heldOutBatches(tokens, { batch, length })) {
          labels.forEach((label, at) => {
            if (weights[at]) seen.push(Number(label));
          });
        }
        assert.deepEqual(
          seen.sort((a, b) => a - b),
          [...tokens.subarray(1)],
        );
      },
    ),
  );
});

test('the learning rate climbs to its peak and falls to its floor', () => {
  const schedule = { peak: 1, floor: 0.1, warmupSteps: 10, steps: 110 };

  assert.equal(warmupThenCosine(schedule, 1), 0.1);
  assert.equal(warmupThenCosine(schedule, 10), 1);
  assert.ok(Math.abs(warmupThenCosine(schedule, 60) - 0.55) < 1e-12);
  assert.ok(Math.abs(warmupThenCosine(schedule, 110) - 0.1) < 1e-12);
});
