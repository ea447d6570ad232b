import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Turn } from '../../src/corpus/document.ts';
import { differentReplies } from '../../src/replies/different-replies.ts';
import { retrieveSkill } from '../../src/replies/retrieve-skill.ts';
import { ruleSkill } from '../../src/replies/rule-skill.ts';

const asked = (text: string): readonly Turn[] => [{ by: 'another', text }];
const pair = (id: string, question: string, text: string) => ({ id, text, context: asked(question) });
const PAIRS = [
  pair('x:1', 'What do you make of the new bridge?', 'It goes where the old one went.'),
  pair('x:2', 'Do you like tea with milk?', 'As I like rain with umbrellas.'),
  pair('x:3', 'Is tea better than coffee?', 'It is better than talk of either.'),
  { id: 'x:4', text: 'A text that answers nothing.' },
];

test('the answer to the nearest earlier question is found, with how near it was', async () => {
  const skill = retrieveSkill(PAIRS);

  const [first, ...others] = await skill.find(asked('What do you make of the bridge, then?'));

  assert.equal(first?.text, 'It goes where the old one went.');
  assert.ok(first.confidence > 0.5 && first.confidence <= 1);
  assert.equal(first.because, 'once said to “What do you make of the new bridge?”');
  assert.deepEqual(others, []);
});

test('the very question has the confidence 1, another one finds nothing', async () => {
  const skill = retrieveSkill(PAIRS);

  assert.ok(Math.abs((await skill.find(asked('do you like TEA with milk')))[0]!.confidence - 1) < 1e-9);
  assert.deepEqual(await skill.find(asked('Where were you on the night of the murder?')), []);
});

test('what was answered in private is passed over for the next', async () => {
  const skill = retrieveSkill(PAIRS, (id) => id !== 'x:2');

  const found = await skill.find(asked('Do you like tea better?'));

  assert.deepEqual(
    found.map(({ text }) => text),
    ['It is better than talk of either.'],
  );
});

test('nothing is found for what the persona said itself, for no words at all, or in no corpus', async () => {
  assert.deepEqual(await retrieveSkill(PAIRS).find([{ by: 'me', text: 'Do you like tea with milk?' }]), []);
  assert.deepEqual(await retrieveSkill([]).find(asked('Do you like tea with milk?')), []);
  assert.deepEqual(await retrieveSkill(PAIRS).find([]), []);
  for (const text of ['', ' … ', '\u0000\u202e', '👋👋', 'x'.repeat(100_000)]) {
    assert.deepEqual(await retrieveSkill(PAIRS).find(asked(text)), []);
  }
});

test('whatever is asked, confidences are between the least likeness and 1, best first', async () => {
  const text = fc.array(fc.constantFrom('tea', 'bridge', 'milk', 'new', 'like', 'you', '茶', '?'), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 30 }), text, async (questions, words) => {
      const pairs = questions.map((question, index) => pair(String(index), question.join(' '), `Answer ${index}.`));

      const found = await retrieveSkill(pairs).find(asked(words.join(' ')));

      const confidences = found.map(({ confidence }) => confidence);
      assert.ok(confidences.every((value) => value >= 0.35 - 1e-9 && value <= 1));
      assert.deepEqual(
        confidences,
        confidences.toSorted((a, b) => b - a),
      );
    }),
  );
});

const RULES = [
  { when: '\\bare you (a )?(bot|machine)\\b', say: ['I am a ghost, and reviewed.', 'Yes.'], confidence: 0.9 },
  { when: 'hello', say: ['Good day.'], confidence: 0.4 },
];

test('a rule says what persona.yaml has for such words, whatever the case', () => {
  assert.deepEqual(ruleSkill(RULES).find(asked('Hello! ARE YOU A BOT?')), [
    { text: 'I am a ghost, and reviewed.', confidence: 0.9, because: `/${RULES[0]!.when}/` },
    { text: 'Yes.', confidence: 0.9, because: `/${RULES[0]!.when}/` },
    { text: 'Good day.', confidence: 0.4, because: '/hello/' },
  ]);
});

test('a rule hears the newest turn of another alone', () => {
  const rules = ruleSkill(RULES);

  assert.deepEqual(rules.find([...asked('Hello!'), { by: 'another', text: 'Tea?' }]), []);
  assert.deepEqual(rules.find([{ by: 'me', text: 'Hello!' }]), []);
  assert.deepEqual(rules.find([]), []);
});

test('of replies that say nearly the same, or begin alike, the best stays', () => {
  const ranked = [
    'It goes where the old one went, I think.',
    'It goes where the old one went, I believe.',
    'It goes where the wind blows it, on every day but Sunday.',
    'Nobody crosses it twice.',
  ].map((text) => ({ text }));

  assert.deepEqual(
    differentReplies(ranked).map(({ text }) => text),
    [ranked[0]!.text, ranked[3]!.text],
  );
});
