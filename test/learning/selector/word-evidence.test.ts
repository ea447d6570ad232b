import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluate, trainCalibrated } from '../../../src/learning/selector/evaluate-selector.ts';
import type { Example } from '../../../src/learning/selector/example.ts';
import { probabilityOf, type Selector, trainSelector } from '../../../src/learning/selector/selector.ts';
import { evidenceOf, loudest, wordEvidence, wordSentences } from '../../../src/learning/selector/word-evidence.ts';
import { type Random, randomFrom, shuffled } from '../../../src/random.ts';

const WORDS = 'the a of king queen lamp door river stone bread constructor prototype toString rain field'.split(' ');
const LIKED = ['king', 'queen'];

/** A made-up owner who likes texts that name a king or a queen, three texts a draft; nothing else of a text says anything. */
function decided({ drafts, seed }: { readonly drafts: number; readonly seed: number }): Example[] {
  const random = randomFrom(seed);
  return Array.from({ length: drafts }, (_, draft) =>
    Array.from({ length: 3 }, (): Example => {
      const text = textOf(random);
      const approved = random() < (LIKED.some((word) => text.includes(word)) ? 0.8 : 0.1);
      return { text, features: { noise: random() }, prior: 0.5, draft, approved, weight: 1, blind: true };
    }),
  ).flat();
}

const textOf = (random: Random) =>
  Array.from({ length: 8 }, () => WORDS[Math.floor(random() * WORDS.length)]!).join(' ');

const aucOn = (examples: readonly Example[], selector: Selector) =>
  evaluate(examples.map((example) => ({ ...example, probability: probabilityOf(selector, example) }))).auc!.value;

const measured = (text: string | undefined) => ({ text, features: { noise: 0.5 }, prior: 0.5 });

test('words that its owner approves speak for a text that holds them', () => {
  const examples = decided({ drafts: 100, seed: 1 });

  const { words } = wordEvidence(examples);

  const { for: liked } = loudest(words, 2);
  assert.deepEqual(liked.map(({ word }) => word).sort(), LIKED);
  assert.ok(
    evidenceOf(words, measured('The King of the field')) > evidenceOf(words, measured('the lamp of the field')),
  );
  const [speakFor, against] = wordSentences(loudest(words, 2));
  assert.match(
    speakFor ?? '',
    /^Words that speak for an approval: (king|queen) \+\d\.\d\d, (king|queen) \+\d\.\d\d\.$/,
  );
  assert.match(against ?? '', /^Words that speak against one: \w+ −/);
});

test('the selector ranks new texts by their words, where nothing else tells them apart', () => {
  const { selector } = trainCalibrated(decided({ drafts: 100, seed: 1 }));

  const unseen = decided({ drafts: 100, seed: 2 });
  const auc = aucOn(unseen, selector);
  assert.ok(auc > 0.7, String(auc));
});

test('of shuffled decisions it learns no words: new texts are ranked by chance', () => {
  const aucs = Array.from({ length: 8 }, (_, seed) => {
    const examples = decided({ drafts: 100, seed: 1 });
    const labels = shuffled(
      examples.map(({ approved }) => approved),
      randomFrom(seed + 1),
    );
    const { selector } = trainCalibrated(examples.map((example, index) => ({ ...example, approved: labels[index]! })));
    return aucOn(decided({ drafts: 100, seed: 2 }), selector);
  });

  const mean = aucs.reduce((sum, auc) => sum + auc, 0) / aucs.length;
  assert.ok(Math.abs(mean - 0.5) < 0.08, String(mean));
});

test('what a text teaches never knew what became of its own draft', () => {
  const examples = decided({ drafts: 40, seed: 3 });
  const before = wordEvidence(examples).heldOut;

  fc.assert(
    fc.property(fc.nat(39), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), (draft, verdicts) => {
      const other = examples.map((example, index) =>
        example.draft === draft ? { ...example, approved: verdicts[index % 3]! } : example,
      );

      const { heldOut } = wordEvidence(other);

      for (const index of [0, 1, 2]) assert.equal(heldOut[draft * 3 + index], before[draft * 3 + index]);
    }),
    { numRuns: 40 },
  );
});

test('words that stand in every JavaScript object say only what decisions say of them', () => {
  const { words } = wordEvidence(decided({ drafts: 2, seed: 1 }).map((example) => ({ ...example, text: 'lamp lamp' })));

  assert.equal(evidenceOf(words, measured('constructor toString hasOwnProperty')), 0);
  assert.ok(
    Number.isFinite(evidenceOf(wordEvidence(decided({ drafts: 100, seed: 1 })).words, measured('constructor'))),
  );
});

test('a text whose words are not known counts as an average one', () => {
  const selector = trainSelector(decided({ drafts: 100, seed: 1 }));

  const unknown = probabilityOf(selector, measured(undefined));
  assert.ok(unknown > probabilityOf(selector, measured('lamp stone bread')));
  assert.ok(unknown < probabilityOf(selector, measured('king queen king')));
});

test('any texts whatever: numbers', () => {
  const texts = fc.array(
    fc.record({
      text: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
      approved: fc.boolean(),
      draft: fc.nat(50),
    }),
    { maxLength: 60 },
  );

  fc.assert(
    fc.property(texts, (some) => {
      const examples = some.map((one) => ({ ...one, features: {}, prior: 0.5, weight: 1, blind: false }));

      const { words, heldOut } = wordEvidence(examples);

      assert.ok(Object.values(words).every(Number.isFinite));
      assert.ok(heldOut.every((said) => Number.isNaN(said) || Number.isFinite(said)));
    }),
  );
});
