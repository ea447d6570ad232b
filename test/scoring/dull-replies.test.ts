import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dullReplies, dullShare, learnDullReplies } from '../../src/scoring/dull-replies.ts';

const answer = (text: string, question: string) => ({ text, context: [{ text: question }] });
const QUESTIONS = ['Is it late?', 'Will it rain?', 'Who was that?', 'May I come in?'];
const CORPUS = [
  ...QUESTIONS.map((question) => answer('I don’t know, really.', question)),
  ...QUESTIONS.map((question) =>
    answer(`Certainly not. ${question.slice(0, -1)}, of all things, is what one asks.`, question),
  ),
  answer('The kettle is on the hob.', 'Where is the kettle?'),
];

test('what answers many different things is dull, the most frequent first; what answers one is not', () => {
  assert.deepEqual(learnDullReplies(CORPUS), ['certainly not', "i don't know really"]);
});

test('the same answer to the same words, as in an archive that came twice, counts once', () => {
  const twice = [1, 2, 3, 4].map(() => answer('I do not know.', 'Is it late?'));

  assert.deepEqual(learnDullReplies(twice), []);
});

test('in a corpus without conversations, sentences of many texts are dull', () => {
  const texts = ['One thing. Such is life.', 'Another thing. Such is life.', 'A third. Such is life!'];

  assert.deepEqual(learnDullReplies(texts.map((text) => ({ text }))), ['such is life']);
});

test('how dull a text is, is the share of its words that could answer anything', () => {
  const dull = dullReplies(learnDullReplies(CORPUS));

  assert.equal(dullShare("I don't know, really!", dull), 1);
  assert.equal(dullShare('I do not know. Really.', dull), 0);
  assert.equal(dullShare('Certainly not. The hob is cold.', dull), 2 / 6);
  assert.equal(dullShare('The kettle is on the hob.', dull), 0);
});

test('nearly the same words are as dull; short ones are only themselves', () => {
  const dull = dullReplies(['i should think that it might be so', 'no']);

  assert.equal(dullShare('I should think that it might be so, sir.', dull), 1);
  assert.equal(dullShare('Not.', dull), 0);
});

test('an empty list finds nothing dull, and any text has a share between 0 and 1', () => {
  const dull = dullReplies(learnDullReplies(CORPUS));
  assert.equal(dullShare('I don’t know, really.', dullReplies([])), 0);
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.string({ unit: 'binary' }), (texts, text) => {
      const list = learnDullReplies(texts.map((one) => ({ text: one })));
      for (const known of [dull, dullReplies(list)]) {
        const share = dullShare(text, known);
        assert.ok(share >= 0 && share <= 1);
      }
    }),
  );
});
