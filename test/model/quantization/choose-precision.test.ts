import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choosePrecision, type Precision } from '../../../src/model/quantization/choose-precision.ts';

const own: Precision = { bytes: 500 };
const eight: Precision = { bits: 8, bytes: 150 };
const four: Precision = { bits: 4, bytes: 80 };
const made = [four, eight];

test('without a measurement few rows are written in eight bits, and many as the model came', () => {
  const chosen = [1, 3, 4, 16].map((rows) => choosePrecision(own, made, { rows, budgetBytes: 1000 }));

  assert.deepEqual(chosen, [eight, eight, own, own]);
});

test('what was measured on this machine counts more, for few rows and for many', () => {
  const quick = { ...eight, gain: { alone: 0.9, eight: 1.8 } };
  const chosen = [1, 8].map((rows) => choosePrecision(own, [quick], { rows, budgetBytes: 1000 }));
  const hardly = { ...eight, gain: { alone: 1.05, eight: 1.05 } };

  assert.deepEqual(chosen, [own, quick]);
  assert.equal(choosePrecision(own, [hardly], { rows: 1, budgetBytes: 1000 }), own);
});

test('scores are those of the model as it came, as long as it fits', () => {
  assert.equal(choosePrecision(own, made, { budgetBytes: 1000 }), own);
  assert.equal(choosePrecision(own, made, { budgetBytes: 400 }), eight);
});

test('where memory is short the most precise that fits is used for all, and nothing is opened twice', () => {
  assert.equal(choosePrecision(own, made, { rows: 1, budgetBytes: 600 }), own); // not both of them
  assert.equal(choosePrecision(own, made, { rows: 8, budgetBytes: 300 }), eight);
  assert.equal(choosePrecision(own, made, { rows: 8, budgetBytes: 100 }), four);
});

test('where nothing fits it is the model itself, which is then refused by its size', () => {
  assert.equal(choosePrecision(own, made, { rows: 8, budgetBytes: 10 }), own);
  assert.equal(choosePrecision(own, [], { rows: 1, budgetBytes: 1000 }), own);
});
