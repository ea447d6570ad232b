import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normal, randomFrom } from '../../../src/random.ts';
import { gate, type Measured } from '../../../src/training/report/gate.ts';
import { memorisation } from '../../../src/training/report/memorisation.ts';
import { bitsPerByte, type Pair, pairedBootstrap } from '../../../src/training/report/paired-bootstrap.ts';

const novel = memorisation({
  samples: ['nobody ever wrote this before'],
  training: ['the quick brown fox jumps over the lazy dog'],
  heldOut: ['pack my box with five dozen liquor jugs'],
  corpus: { documents: 1_000, words: 100_000 },
});
const better = { mean: -0.1, low: -0.15, high: -0.05 };
const measured: Measured = {
  againstBase: better,
  againstPresent: { difference: { mean: -0.01, low: -0.03, high: 0.01 }, bitsPerByte: 2 },
  repetition: { samples: 0.01, heldOut: 0.005 },
  memorisation: novel,
};
const verdictOn = (changed: Partial<Measured>) => gate({ ...measured, ...changed }).every(({ passed }) => passed);

test('a model that is better than its base, no worse than today’s, and says nothing twice or by heart is let in', () => {
  assert.ok(verdictOn({}));
  assert.ok(verdictOn({ againstPresent: undefined }), 'the first model has none to be measured against');
});

test('a gain that a small test part may owe to chance lets nothing in', () => {
  assert.ok(!verdictOn({ againstBase: { mean: -0.1, low: -0.25, high: 0.05 } }));
});

test('a gain that rounding the weights may make lets nothing in, however sure it is', () => {
  assert.ok(!verdictOn({ againstBase: { mean: -0.0004, low: -0.0005, high: -0.0003 } }));
});

test('what is more than one in a hundred worse than today’s model, repeats itself or recites is kept out', () => {
  assert.ok(verdictOn({ againstPresent: { difference: { ...better, mean: 0.019 }, bitsPerByte: 2 } }));
  assert.ok(!verdictOn({ againstPresent: { difference: { ...better, mean: 0.021 }, bitsPerByte: 2 } }));
  assert.ok(!verdictOn({ repetition: { samples: 0.016, heldOut: 0.005 } }));
  assert.ok(!verdictOn({ memorisation: { ...novel, isMemorised: true } }));
});

test('every threshold is told with its number, passed or not', () => {
  const rows = gate(measured);

  assert.equal(rows.length, 4);
  assert.match(String(rows[0]!.value), /^−0\.100 bits a byte \(−0\.150 to −0\.050\)$/);
  for (const { name, threshold, value } of rows) assert.ok(name && threshold && value);
});

function pairs(count: number, gain: number, spread: number): Pair[] {
  const random = randomFrom(count);
  return Array.from({ length: count }, () => {
    const before = 100 + 20 * normal(random);
    return { before, after: before - gain + spread * normal(random), bytes: 50 };
  });
}

test('an interval over documents holds what is true, narrows with their number, and follows from the seed', () => {
  const truth = -10 / 50 / Math.LN2;

  const few = pairedBootstrap(pairs(20, 10, 5), randomFrom(1));
  const many = pairedBootstrap(pairs(500, 10, 5), randomFrom(1));

  for (const { low, mean, high } of [few, many]) assert.ok(low < mean && mean < high && low < truth && truth < high);
  assert.ok(many.high - many.low < 0.5 * (few.high - few.low));
  assert.deepEqual(pairedBootstrap(pairs(20, 10, 5), randomFrom(1)), few);
});

test('a document counts by its bytes', () => {
  assert.equal(bitsPerByte([Math.LN2 * 8, Math.LN2 * 2], [8, 2]), 1);
  assert.equal(bitsPerByte([Math.LN2 * 8, 0], [4, 4]), 1);
});
