import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { earnedAutonomy, leastTrials, type Trial } from '../../src/learning/autonomy.ts';
import { upperBound } from '../../src/learning/intervals.ts';
import { randomFrom } from '../../src/random.ts';

const right = (count: number, from = 0.9): Trial[] =>
  Array.from({ length: count }, (_, index) => ({ probability: from - index / 10_000, wrong: false }));

test('it starts with none', () => {
  const { threshold, because } = earnedAutonomy([], 0.05);

  assert.equal(threshold, null);
  assert.match(because, /0 of the 59 blind decisions/);
});

test('58 right ones are not enough for one wrong in twenty, 59 are', () => {
  assert.equal(earnedAutonomy(right(58), 0.05).threshold, null);

  const { threshold, above, wrong, upper } = earnedAutonomy(right(59), 0.05);

  assert.deepEqual([threshold, above, wrong], [0.9 - 58 / 10_000, 59, 0]);
  assert.ok(upper <= 0.05);
});

test('the threshold stands above those that it gets wrong', () => {
  const bad = Array.from({ length: 100 }, (_, index) => ({ probability: 0.5 - index / 1000, wrong: index % 2 === 0 }));

  const { threshold, above, upper } = earnedAutonomy([...right(150), ...bad], 0.05);

  assert.ok(threshold !== null && threshold >= 0.4 && above >= 150);
  assert.ok(upper <= 0.05);
});

test('when the owner disagrees it demotes itself', () => {
  const earned = right(80);
  assert.notEqual(earnedAutonomy(earned, 0.05).threshold, null);

  const { threshold, because } = earnedAutonomy([...earned, { probability: 0.95, wrong: true }], 0.05);

  assert.equal(threshold, null);
  assert.match(because, /1 of its 59 surest blind choices were wrong/);
});

test('what it lets through is bounded by what is allowed, whatever was decided', () => {
  const trials = fc.array(fc.record({ probability: fc.double({ min: 0, max: 1, noNaN: true }), wrong: fc.boolean() }), {
    maxLength: 300,
  });
  fc.assert(
    fc.property(trials, fc.constantFrom(0.02, 0.05, 0.2, 0.5), (all, falseAccepts) => {
      const { threshold, above, wrong } = earnedAutonomy(all, falseAccepts);

      if (threshold === null) return;
      const taken = all.filter(({ probability }) => probability >= threshold);
      assert.deepEqual([taken.length, taken.filter((one) => one.wrong).length], [above, wrong]);
      assert.ok(above >= leastTrials(falseAccepts) && upperBound(wrong, above) <= falseAccepts);
    }),
  );
});

test('a selector that knows nothing, on an owner who refuses one in ten, is trusted in at most one of twenty lives', () => {
  const random = randomFrom(7);
  const lives = Array.from({ length: 600 }, () =>
    earnedAutonomy(
      Array.from({ length: 150 }, () => ({ probability: random(), wrong: random() < 0.1 })),
      0.05,
    ),
  );

  const trusted = lives.filter(({ threshold }) => threshold !== null).length / lives.length;
  assert.ok(trusted <= 0.05, String(trusted));
});
