import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceOf, hasFallen, probabilityWorse, tryOut } from '../../../src/learning/adapter/acceptance.ts';
import { randomFrom } from '../../../src/random.ts';

/** So many decisions, of which the first `accepted` of every hundred were approvals. */
const decisions = (count: number, share: number) =>
  Array.from({ length: count }, (_, index) => ((index * 37) % 100) / 100 < share);

test('the probability that a rate is lower is that of the two posteriors, drawn from', () => {
  const random = randomFrom(1);
  // Beta(a, b) of whole numbers as a ratio of sums of exponentials.
  const gamma = (shape: number) => Array.from({ length: shape }, () => -Math.log(1 - random())).reduce((a, b) => a + b);
  const beta = (a: number, b: number) => {
    const x = gamma(a);
    return x / (x + gamma(b));
  };
  const draws = 20_000;
  let lower = 0;
  for (let draw = 0; draw < draws; draw++) if (beta(1 + 5, 1 + 25) < beta(1 + 9, 1 + 21)) lower++;

  const exact = probabilityWorse({ accepted: 5, decided: 30 }, { accepted: 9, decided: 30 });

  assert.ok(Math.abs(exact - lower / draws) < 0.015, `${exact} against ${lower / draws}`);
});

test('without any decision, neither side is likelier to be worse', () => {
  assert.equal(probabilityWorse({ accepted: 0, decided: 0 }, { accepted: 0, decided: 0 }), 0.5);
});

test('however large the counts, the probability is a number between 0 and 1', () => {
  const worse = probabilityWorse({ accepted: 100, decided: 5_000 }, { accepted: 1_000, decided: 5_000 });
  assert.ok(worse > 0.999 && worse <= 1);
});

test('a trial is inconclusive until both sides have 82 blind decisions, and inconclusive does not promote', () => {
  const much = decisions(81, 0.6);
  const { verdict, row } = tryOut(much, decisions(500, 0.2));

  assert.equal(verdict, 'inconclusive');
  assert.equal(row.outcome, 'inconclusive');
  assert.match(row.value, /the next look is at 82 a side/);
});

test('at 82 a side 50 % against 20 % promotes, and 30 % against 20 % waits for 294', () => {
  assert.equal(tryOut(decisions(82, 0.5), decisions(82, 0.2)).verdict, 'promote');
  const small = tryOut(decisions(82, 0.3), decisions(82, 0.2));
  assert.equal(small.verdict, 'inconclusive');
  assert.match(small.row.value, /the next look is at 294 a side/);
});

test('at 294 a side what is no better is refused', () => {
  const { verdict, row } = tryOut(decisions(294, 0.22), decisions(294, 0.2));
  assert.equal(verdict, 'refuse');
  assert.match(row.value, /no better after 294 a side/);
});

test('what was better at the first look is not judged again by the decisions that came later', () => {
  const lucky = [...decisions(82, 0.5), ...decisions(100, 0.2)];
  assert.equal(tryOut(lucky, decisions(182, 0.2)).verdict, 'promote');
});

test('what is likely to be worse goes at once, but not after a handful of decisions', () => {
  assert.equal(tryOut(decisions(9, 0), decisions(50, 0.3)).verdict, 'inconclusive');
  assert.equal(tryOut(decisions(30, 0.05), decisions(30, 0.4)).verdict, 'refuse');
});

test('a live adapter falls when the posterior that it is worse passes .9, and not before', () => {
  assert.equal(hasFallen({ accepted: 2, decided: 30 }, { accepted: 10, decided: 30 }), true);
  assert.equal(hasFallen({ accepted: 9, decided: 30 }, { accepted: 10, decided: 30 }), false);
  assert.equal(hasFallen({ accepted: 0, decided: 5 }, { accepted: 20, decided: 30 }), false);
});

test('a difference of rates has the interval of Newcombe 1998, table II, method 10', () => {
  const { low, high } = differenceOf({ accepted: 56, decided: 70 }, { accepted: 48, decided: 80 }, 1.959964);
  assert.ok(Math.abs(low - 0.0524) < 1e-4 && Math.abs(high - 0.3339) < 1e-4, `${low} to ${high}`);
});
