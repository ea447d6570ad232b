import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learnJudge } from '../../bench/chat/judge.ts';
import { teachingQuestion, testQuestion } from '../../bench/chat/questions.ts';
import { NOISE, picked, RULES } from '../../bench/chat/rules.ts';
import { randomFrom } from '../../src/random.ts';

const REPLIES = [
  'It is a good and happy day, my love.',
  'Death and sorrow wait in the dark.',
  'It may well rain at noon.',
];

test('a rule picks what it likes, but for its errors, which are other replies', () => {
  const random = randomFrom(1);
  const rounds = 5000;
  for (const [index, rule] of RULES.entries()) {
    const picks = Array.from({ length: rounds }, () => picked(rule, REPLIES, random));
    const liked = picks.filter((pick) => pick === index).length / rounds;

    assert.ok(Math.abs(liked - (1 - NOISE)) < 0.02, `${rule.name} picked its own in ${liked}`);
  }
});

test('a curt rule takes the shortest answer, and one word is none', () => {
  const curt = RULES.find(({ name }) => name === 'curt')!;

  assert.ok(curt.liking('Four words are enough.') > curt.liking('These here are some more words.'));
  assert.ok(curt.liking('No.') < curt.liking(REPLIES[0]!));
});

test('a judge tells apart what it has read the like of', () => {
  const judge = learnJudge([
    { label: 'cheerful', text: 'good and happy love' },
    { label: 'gloomy', text: 'death and dark sorrow' },
  ]);

  assert.equal(judge('a happy death of good love'), 'cheerful');
  assert.equal(judge('dark is the sorrow'), 'gloomy');
});

test('nobody is asked afterwards about what was taught', () => {
  const about = (question: string) =>
    question
      .replace(/^(What is|Tell me of|And what of|Do you believe in|I have been thinking about) /, '')
      .replace(/[,?.].*$/, '');
  const taught = new Set(Array.from({ length: 200 }, (_, number) => about(teachingQuestion(number))));

  for (let number = 0; number < 200; number++)
    assert.ok(!taught.has(about(testQuestion(number))), testQuestion(number));
});
