import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bestCell,
  blindOrder,
  cellsOf,
  fisher,
  gridTable,
  realDifferences,
} from '../../src/learning/experiment-grid.ts';
import { ruleOf } from '../../src/learning/simulated-judge.ts';
import { randomFrom } from '../../src/random.ts';

test('Fisher’s exact test gives what R’s fisher.test gives', () => {
  const p = (a: number, n: number, b: number, m: number) =>
    fisher({ approved: a, judged: n }, { approved: b, judged: m });
  assert.ok(Math.abs(p(3, 4, 1, 4) - 0.4857143) < 1e-6); // the lady tasting tea
  assert.ok(Math.abs(p(1, 10, 11, 14) - 0.002759456) < 1e-8); // studying men and women
  assert.equal(p(5, 10, 5, 10), 1);
  assert.equal(p(0, 0, 5, 10), 1);
});

test('of many cells that are alike, some difference is called real in at most one family of twenty', () => {
  const random = randomFrom(7);
  const families = 400;
  let wrong = 0;
  for (let family = 0; family < families; family++) {
    const counts = Array.from({ length: 6 }, () => {
      return { approved: Array.from({ length: 40 }, random).filter((one) => one < 0.3).length, judged: 40 };
    });
    if (realDifferences(counts).length > 0) wrong++;
  }
  assert.ok(wrong / families <= 0.05, `${wrong} of ${families}`);
});

test('a difference that is there is found, and named from the better to the worse', () => {
  const found = realDifferences([
    { approved: 5, judged: 50 },
    { approved: 6, judged: 50 },
    { approved: 35, judged: 50 },
  ]);
  assert.deepEqual(
    found.map(({ better, worse }) => [better, worse]),
    [
      [2, 0],
      [2, 1],
    ],
  );
  assert.ok(found.every(({ p }) => p < 0.001));
});

test('the order is of the seed alone, and holds every text of every cell', () => {
  const texts = [0, 1].map((cell) => Array.from({ length: 20 }, (_, n) => ({ prompt: '', text: `${cell} ${n}` })));

  const [first, again, other] = [blindOrder(texts, 1), blindOrder(texts, 1), blindOrder(texts, 2)];

  assert.deepEqual(first, again);
  assert.notDeepEqual(first, other);
  assert.deepEqual(
    first.map(({ text }) => text).toSorted(),
    texts
      .flat()
      .map(({ text }) => text)
      .toSorted(),
  );
  assert.deepEqual(
    first.map(({ id }) => id),
    [...first.keys()],
  );
  assert.ok(first.slice(0, 20).some(({ cell }) => cell === 1));
});

test('the table counts the last word on each text, and only what was judged', () => {
  const cells = cellsOf(['ada'], [0.6, 0.9], [0.95]);
  const texts = blindOrder(
    [
      [{ prompt: '', text: 'a' }],
      [
        { prompt: '', text: 'b' },
        { prompt: '', text: 'c' },
      ],
    ],
    1,
  );
  const id = (wanted: string) => texts.find(({ text }) => text === wanted)!.id;

  const { rows, judged, of } = gridTable(cells, texts, [
    { id: id('a'), approved: true },
    { id: id('b'), approved: false },
    { id: id('a'), approved: false },
    { id: id('b'), approved: true },
  ]);

  assert.deepEqual([judged, of], [2, 3]);
  assert.deepEqual(
    rows.map(({ acceptance }) => [acceptance.count, acceptance.of]),
    [
      [0, 1],
      [1, 1],
    ],
  );
  assert.equal(bestCell(rows), 1);
});

test('simulated judges are rules by length or by pattern, and anything else is refused', () => {
  assert.equal(ruleOf('simulated:<5')('four'), true);
  assert.equal(ruleOf('simulated:>5')('four'), false);
  assert.equal(ruleOf('simulated:/BEL+/i')('a bell'), true);
  for (const judge of ['me', 'simulated:', 'simulated:80', 'simulated:/(/']) {
    assert.throws(() => ruleOf(judge), /xpected/);
  }
});
