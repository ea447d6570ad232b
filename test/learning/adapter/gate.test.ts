import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gateRows, type LearnedNumbers, mayBeTried } from '../../../src/learning/adapter/gate.ts';

const same = { difference: { mean: 0, low: -0.001, high: 0.001 }, before: 2, documents: 50 };
const GOOD: LearnedNumbers = {
  looks: { start: 3.5, best: 3.4, bestStep: 20 },
  own: same,
  generic: same,
  approved: { ...same, difference: { mean: -0.02, low: -0.03, high: -0.01 } },
  distinct: { tokens: 20_000, one: { before: 0.1, after: 0.1 }, two: { before: 0.5, after: 0.49 } },
  repetition: { samples: 0.001, heldOut: 0.002 },
  exactCopies: { count: 0, of: 320 },
  copied: { before: 2, after: 2, of: 320 },
  proxy: { winRate: 0.6, of: 320, decisions: 90 },
};

function failing(numbers: Partial<LearnedNumbers>): readonly string[] {
  const rows = gateRows({ ...GOOD, ...numbers });
  const failed = rows.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
  assert.equal(mayBeTried(rows), failed.length === 0);
  return failed;
}

test('what keeps every line may be tried', () => {
  assert.deepEqual(failing({}), []);
});

const worse = (share: number) => {
  return { difference: { mean: 0, low: -0.05, high: 2 * share }, before: 2, documents: 50 };
};

const edges: readonly (readonly [string, Partial<LearnedNumbers>, RegExp | null])[] = [
  ['its own text may be 1 % worse at the interval’s upper end', { own: worse(0.00999) }, null],
  ['and no more', { own: worse(0.0101) }, /own held-out/],
  ['generic text may be 5 % worse', { generic: worse(0.0499) }, null],
  ['and no more than that', { generic: worse(0.051) }, /generic/],
  ['approved texts that are less likely', { approved: worse(0) }, null],
  [
    'approved texts that are a little less likely',
    { approved: { ...same, difference: { mean: 0.0001, low: 0, high: 0.1 } } },
    /approved texts/,
  ],
  ['distinct-2 of 94.9 %', { distinct: { ...GOOD.distinct, two: { before: 1, after: 0.949 } } }, /distinct-2/],
  ['distinct-1 of 94.9 %', { distinct: { ...GOOD.distinct, one: { before: 1, after: 0.949 } } }, /distinct-1/],
  ['more repetition', { repetition: { samples: 0.0121, heldOut: 0.002 } }, /says again/],
  ['one exact copy', { exactCopies: { count: 1, of: 320 } }, /exact copies/],
  ['one copying text more', { copied: { before: 2, after: 3, of: 320 } }, /copied characters/],
  ['a selector that prefers what was', { proxy: { winRate: 0.49, of: 320, decisions: 90 } }, /proxy/],
  ['no look better than the start', { looks: { start: 3.5, best: 3.5, bestStep: 0 } }, /looks while/],
];

for (const [name, numbers, expected] of edges) {
  test(`the gate at its edge: ${name}`, () => {
    const failed = failing(numbers);
    if (expected === null) assert.deepEqual(failed, []);
    else assert.match(failed.join(), expected);
  });
}

test('the win rate is named a proxy, and is open where no selector knows enough', () => {
  const row = gateRows({ ...GOOD, proxy: null }).at(-1);
  assert.match(row?.name ?? '', /proxy/);
  assert.equal(row?.outcome, 'inconclusive');
});
