import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crossValidate, evaluate, trainCalibrated } from '../../../src/learning/selector/evaluate-selector.ts';
import type { Example } from '../../../src/learning/selector/example.ts';
import { randomFrom, shuffled } from '../../../src/random.ts';
import { simulatedDecisions } from '../simulated-decisions.ts';

const evaluated = (examples: readonly Example[]) => evaluate(crossValidate(examples)?.heldOut ?? []);

test('a rule that it can learn is found on drafts that it has not seen, and the interval lies above chance', () => {
  const { auc, brier, brierOfMean } = evaluated(simulatedDecisions({ drafts: 300, noise: 0.05 }));

  assert.ok(auc && auc.value > 0.75 && auc.low > 0.6 && auc.high <= 1, JSON.stringify(auc));
  assert.ok(brier && brierOfMean && brier.value < brierOfMean);
});

test('shuffled labels teach nothing: chance lies in the interval', () => {
  const examples = simulatedDecisions({ drafts: 300 });
  const labels = shuffled(
    examples.map(({ approved }) => approved),
    randomFrom(4),
  );

  const { auc } = evaluated(examples.map((example, index) => ({ ...example, approved: labels[index]! })));

  assert.ok(auc && auc.low < 0.5 && auc.high > 0.5, JSON.stringify(auc));
});

test('what it calls a probability is one: of what it says, so much is so', () => {
  const { curve } = evaluated(simulatedDecisions({ drafts: 600, blind: 1, noise: 0 }));

  assert.equal(curve.length, 10);
  const misses = curve.filter(({ said, was }) => said < was.low - 0.02 || said > was.high + 0.02);
  assert.ok(misses.length <= 2, JSON.stringify(misses));
});

test('siblings stay together: a twin in the same draft gives nothing away', () => {
  const chance = simulatedDecisions({ drafts: 150, texts: 1, rule: () => 0, noise: 0, blind: 1 });
  const twins = chance.flatMap((example) => [example, example]);

  const { auc } = evaluated(twins);

  assert.ok(auc && auc.low < 0.5, JSON.stringify(auc));
});

test('only blind decisions are test data', () => {
  const examples = simulatedDecisions({ drafts: 100, blind: 0.3 });
  const blind = examples.filter((example) => example.blind);

  const { drafts, texts, approved } = evaluated(examples);

  assert.deepEqual([drafts, texts], [new Set(blind.map(({ draft }) => draft)).size, blind.length]);
  assert.equal(approved, blind.filter((example) => example.approved).length);
  assert.deepEqual(evaluated(examples.map((example) => ({ ...example, blind: false }))), {
    drafts: 0,
    texts: 0,
    approved: 0,
    auc: null,
    brier: null,
    brierOfMean: null,
    curve: [],
  });
});

test('while it knows nothing there is nothing to evaluate', () => {
  assert.equal(crossValidate(simulatedDecisions({ drafts: 10 })), null);
  assert.equal(trainCalibrated([]).validation, null);
});
