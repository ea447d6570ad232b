import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chooseOffer, drawBlind } from '../../src/learning/choose-offer.ts';
import { randomFrom } from '../../src/random.ts';

const candidates = Array.from({ length: 12 }, (_, index) => ({ text: `text ${index}`, score: index / 12 }));
const offering = { candidates, keep: 5, byChance: 0.2, blind: null, random: randomFrom(1) };

test('the best are offered with some by chance among them, best first, and the best of all is always there', () => {
  const random = randomFrom(2);
  const offers = Array.from({ length: 2000 }, () => chooseOffer({ ...offering, random }));

  const chances = offers.flat().filter(({ drawnBy }) => drawnBy === 'chance').length;
  assert.ok(Math.abs(chances / (5 * offers.length) - 0.2) < 0.02);
  for (const offer of offers) {
    const scores = offer.map(({ candidate }) => candidate.score);
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    );
    assert.equal(scores[0], 11 / 12);
    assert.equal(new Set(scores).size, 5);
  }
});

test('blind, several are drawn by chance alone, and their order tells nothing', () => {
  const random = randomFrom(3);
  const counts = new Map<string, number>();
  let bestFirst = 0;
  for (let count = 0; count < 2400; count++) {
    const offer = chooseOffer({ ...offering, blind: 'several', random });
    for (const { candidate } of offer) counts.set(candidate.text, (counts.get(candidate.text) ?? 0) + 1);
    if (offer[0]!.candidate.score === Math.max(...offer.map(({ candidate }) => candidate.score))) bestFirst++;
  }

  assert.ok([...counts.values()].every((count) => count > 850 && count < 1150));
  assert.ok(bestFirst > 380 && bestFirst < 580, String(bestFirst));
});

test('blind about one, only the best is shown', () => {
  for (const blind of ['one', 'audit'] as const) {
    assert.deepEqual(
      chooseOffer({ ...offering, blind }).map(({ candidate }) => candidate.text),
      ['text 11'],
    );
  }
});

test('whatever there is, no text is offered twice, and never more than are kept', () => {
  const texts = fc.array(
    fc.record({ text: fc.constantFrom('a', 'b', 'c', 'd'), score: fc.double({ min: 0, max: 1, noNaN: true }) }),
  );
  const blind = fc.constantFrom(null, 'several', 'one', 'audit');
  fc.assert(
    fc.property(
      texts,
      fc.integer({ min: 1, max: 5 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      blind,
      (all, keep, byChance, blind) => {
        const offer = chooseOffer({ candidates: all, keep, byChance, blind, random: randomFrom(4) });

        const shown = offer.map(({ candidate }) => candidate.text);
        assert.equal(new Set(shown).size, shown.length);
        assert.ok(shown.length <= keep && (all.length === 0) === (shown.length === 0));
      },
    ),
  );
});

test('a quarter of the drafts is blind, half of those about one text where autonomy is wanted', () => {
  const random = randomFrom(5);
  const drawn = (wantsAutonomy: boolean) =>
    Array.from({ length: 4000 }, () => drawBlind({ share: 0.25, wantsAutonomy, random }));

  const [plain, wanted] = [drawn(false), drawn(true)];

  const share = (of: readonly unknown[], what: string) => of.filter((one) => one === what).length / of.length;
  assert.ok(Math.abs(share(plain, 'several') - 0.25) < 0.03 && share(plain, 'one') === 0);
  assert.ok(Math.abs(share(wanted, 'several') - 0.125) < 0.02 && Math.abs(share(wanted, 'one') - 0.125) < 0.02);
});
