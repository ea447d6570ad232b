import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { trainCalibrated } from '../../../src/learning/selector/evaluate-selector.ts';
import { logistic } from '../../../src/learning/selector/logistic-regression.ts';
import {
  constantOf,
  partsOf,
  probabilityOf,
  type Selector,
  trainSelector,
} from '../../../src/learning/selector/selector.ts';
import { randomFrom, shuffled } from '../../../src/random.ts';
import { simulatedDecisions, simulatedText } from '../simulated-decisions.ts';

const decisions = simulatedDecisions({ drafts: 120 });

test('it learns what its owner likes: in features, and in directions of the hidden state', () => {
  const selector = trainSelector(decisions);

  const text = simulatedText(randomFrom(9));
  const more = { ...text, features: { ...text.features, fluency: text.features.fluency + 1 } };
  const turned = { ...text, hidden: text.hidden.map((value, index) => (index === 3 ? value + 4 : value)) };
  assert.equal(selector.ignorance, null);
  assert.ok(probabilityOf(selector, more) > probabilityOf(selector, text) + 0.05);
  assert.ok(probabilityOf(selector, turned) > probabilityOf(selector, text) + 0.05);
});

test('with fewer than 30 decisions it says that it does not know, and says what the priors say', () => {
  const selector = trainSelector(simulatedDecisions({ drafts: 29 }));

  const text = simulatedText(randomFrom(2));
  assert.equal(selector.ignorance, '29 of 30 decisions that it needs to know anything');
  assert.ok(Math.abs(probabilityOf(selector, text) - text.prior) < 1e-9);
});

test('one decision, everything approved, everything rejected: it says that it does not know', () => {
  const all = (approved: boolean) => decisions.map((example) => ({ ...example, approved }));

  assert.match(trainSelector([]).ignorance ?? '', /^0 of 30/);
  assert.match(trainSelector(decisions.slice(0, 1)).ignorance ?? '', /^1 of 30/);
  assert.match(trainSelector(all(true)).ignorance ?? '', /everything was approved/);
  assert.match(trainSelector(all(false)).ignorance ?? '', /nothing was ever approved/);
});

test('decisions that contradict each other leave it at the share of approvals', () => {
  const [text] = decisions;
  const contradicting = Array.from({ length: 200 }, (_, draft) => ({ ...text!, draft, approved: draft % 4 === 0 }));

  const { selector } = trainCalibrated(contradicting);

  assert.ok(Math.abs(probabilityOf(selector, text!) - 0.25) < 0.03);
});

test('the parts and the constant make the probability', () => {
  const { selector } = trainCalibrated(decisions);

  for (const example of decisions.slice(0, 20)) {
    const logit = partsOf(selector, example).reduce((sum, { part }) => sum + part, constantOf(selector));
    assert.ok(Math.abs(logistic(logit) - probabilityOf(selector, example)) < 1e-9);
  }
});

test('from the selector before, or from nothing, the same decisions give the same selector', () => {
  const before = trainSelector(decisions.slice(0, -3));

  const next = trainSelector(decisions, { previous: before, mayRenewBasis: false });
  const anew = trainSelector(decisions, { previous: { ...before, columns: [], constant: 0 }, mayRenewBasis: false });

  for (const example of decisions) {
    assert.ok(Math.abs(probabilityOf(next, example) - probabilityOf(anew, example)) < 1e-3);
  }
});

test('the order of decisions does not matter', () => {
  const one = trainSelector(decisions, { previous: trainSelector(decisions), mayRenewBasis: false });
  const other = trainSelector(shuffled(decisions, randomFrom(3)), { previous: one, mayRenewBasis: false });

  for (const example of decisions) {
    assert.ok(Math.abs(probabilityOf(one, example) - probabilityOf(other, example)) < 1e-3);
  }
});

test('a selector goes through JSON unchanged', () => {
  const { selector } = trainCalibrated(decisions);

  const read: Selector = JSON.parse(JSON.stringify(selector));

  for (const example of decisions.slice(0, 10)) {
    assert.equal(probabilityOf(read, example), probabilityOf(selector, example));
  }
});

test('hidden states of another model, missing features, wild numbers: a probability all the same', () => {
  const { selector } = trainCalibrated(decisions);
  const wild = fc.record({
    features: fc.dictionary(fc.constantFrom('fluency', 'repetition', 'new'), fc.double()),
    hidden: fc.option(fc.float32Array({ maxLength: 40 }), { nil: undefined }),
    model: fc.constantFrom('3f9a', 'other', undefined),
    prior: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  fc.assert(
    fc.property(wild, (measured) => {
      const hidden = measured.hidden?.map((value) => (Number.isFinite(value) ? value : 0));
      const probability = probabilityOf(selector, { ...measured, hidden });

      assert.ok(probability >= 0 && probability <= 1);
    }),
  );
});

test('a text that counts less teaches less', () => {
  const text = simulatedText(randomFrom(5));
  const weigh = (weight: number) => [
    ...decisions,
    ...Array.from({ length: 30 }, (_, index) => ({
      ...text,
      draft: 1000 + index,
      approved: false,
      weight,
      blind: false,
    })),
  ];

  assert.ok(probabilityOf(trainSelector(weigh(1)), text) < probabilityOf(trainSelector(weigh(0.05)), text));
});
