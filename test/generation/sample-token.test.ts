import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Sampling, sampleToken } from '../../src/generation/sample-token.ts';
import { randomFrom } from '../../src/random.ts';

const plain: Sampling = { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, maxTokens: 1 };
const logits = [2, 1, 0, -1, 0.5, -30];

function predicted(values: readonly number[], temperature = 1) {
  const weights = values.map((logit) => Math.exp(logit / (temperature || 1)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const own = values.reduce((total, logit) => total + Math.exp(logit), 0);
  return {
    probabilities: Float32Array.from(weights, (weight) => weight / sum),
    logPartitions: Float32Array.of(Math.log(sum)),
    logNormalizers: Float32Array.of(Math.log(own)),
  };
}

/** How often each token was drawn. */
function drawn(sampling: Sampling, values = logits, draws = 10_000, before: readonly number[] = []): number[] {
  const random = randomFrom(7);
  const prediction = predicted(values, sampling.temperature);
  const counts = values.map(() => 0);
  for (let draw = 0; draw < draws; draw++) counts[sampleToken(prediction, 0, sampling, random, before)]! += 1 / draws;
  return counts;
}

function assertShares(actual: readonly number[], expected: readonly number[]): void {
  const total = expected.reduce((sum, weight) => sum + weight, 0);
  for (const [token, weight] of expected.entries()) assert.ok(Math.abs(actual[token]! - weight / total) < 0.015);
}

test('temperature 0 takes the likeliest token', () => {
  assert.equal(drawn({ ...plain, temperature: 0 }, logits, 1)[0], 1);
});

test('tokens are drawn as often as the softmax has it', () => {
  assertShares(drawn(plain), logits.map(Math.exp));
});

test('a temperature sharpens or flattens the distribution', () => {
  const tempered = (temperature: number) => logits.map((logit) => Math.exp(logit / temperature));

  assertShares(drawn({ ...plain, temperature: 0.5 }), tempered(0.5));
  assertShares(drawn({ ...plain, temperature: 2 }), tempered(2));
});

test('top-k keeps the k likeliest, as often among themselves as before', () => {
  assertShares(drawn({ ...plain, topK: 2 }), [Math.exp(2), Math.exp(1), 0, 0, 0, 0]);
  assertShares(drawn({ ...plain, topK: 1000 }), logits.map(Math.exp));
});

test('top-p keeps the fewest tokens that have the share, the one that reaches it included', () => {
  const shares = [0.5, 0.3, 0.15, 0.05];
  const values = shares.map(Math.log);

  assertShares(drawn({ ...plain, topP: 0.49 }, values), [1, 0, 0, 0]);
  assertShares(drawn({ ...plain, topP: 0.6 }, values), [0.5, 0.3, 0, 0]);
  assertShares(drawn({ ...plain, topP: 0.81 }, values), [0.5, 0.3, 0.15, 0]);
  assertShares(drawn({ ...plain, topP: 1 }, values), shares);
});

test('top-p counts its share of what top-k leaves', () => {
  const values = [0.4, 0.3, 0.2, 0.1].map(Math.log);

  assertShares(drawn({ ...plain, topK: 3, topP: 0.75 }, values), [0.4, 0.3, 0, 0]);
});

test('the repetition penalty makes what was there less likely, whichever sign its logit has', () => {
  const sampling = { ...plain, repetitionPenalty: 1.5 };
  const expected = [2 / 1.5, 1, 0, -1.5, 0.5, -30].map(Math.exp);

  assertShares(drawn(sampling, logits, 10_000, [0, 3, 3]), expected);
  assert.equal(drawn({ ...sampling, temperature: 0, repetitionPenalty: 3 }, logits, 1, [0])[1], 1);
});

test('the same seed draws the same tokens', () => {
  assert.deepEqual(drawn(plain), drawn(plain));
});

test('any logits and settings give a token of the nucleus that sorting finds', () => {
  const settings = fc.record({
    topK: fc.nat(30),
    topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
    temperature: fc.double({ min: 0.1, max: 3, noNaN: true }),
  });
  // No two alike: of equals, top-k keeps all.
  const values = fc
    .uniqueArray(fc.integer({ min: -80, max: 80 }), { minLength: 1 })
    .map((all) => all.map((n) => n / 4));
  fc.assert(
    fc.property(values, settings, fc.nat(), (given, { topK, topP, temperature }, seed) => {
      const prediction = predicted(given, temperature);

      const token = sampleToken(prediction, 0, { ...plain, topK, topP, temperature }, randomFrom(seed));

      const likelier = prediction.probabilities.filter(
        (share) => share > prediction.probabilities[token]! * (1 + 1e-6),
      );
      const kept = prediction.probabilities
        .toSorted()
        .reverse()
        .slice(0, topK || undefined);
      const total = kept.reduce((sum, share) => sum + share, 0);
      assert.ok(topK === 0 || likelier.length < topK);
      assert.ok(likelier.reduce((sum, share) => sum + share, 0) < topP * total * (1 + 1e-5));
    }),
  );
});
