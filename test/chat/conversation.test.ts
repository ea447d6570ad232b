import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, asAnswer, asTurn, isDue, nextSeed, openOffers } from '../../src/chat/conversation.ts';
import { offer, say, talkOf } from './conversations.ts';

test('what is picked is what the persona said, and whence it came', () => {
  const talk = talkOf(say('What is hope?'), offer(1, 'Hope is.', 'No.'), { do: 'pick', offer: 0, choice: 2 });

  assert.deepEqual(talk.said, [
    { by: 'another', text: 'What is hope?' },
    { by: 'me', text: 'No.', answer: { offer: 0, choice: 2 } },
  ]);
  assert.equal(isDue(talk), false);
});

test('a turn that cannot follow is refused, and says why', () => {
  const talk = talkOf(say('What is hope?'), offer(1, 'Hope is.'));

  assert.throws(
    () => after(talk, { do: 'pick', offer: 0, choice: 2 }),
    /expected a reply that was offered, found number 2/,
  );
  assert.throws(() => after(talk, offer(0, 'Again.')), /expected replies to the last of 1 turns, found some to 0/);
  assert.throws(() => after(talk, { do: 'correct', turn: 2, text: 'No.' }), /expected a turn from 1 to 1, found 2/);
  assert.throws(() => after(talkOf(), { do: 'type', text: 'No.' }), /nothing that waits for a reply/);
  assert.throws(() => after(talkOf(), { do: 'correct', turn: 1, text: 'No.' }), /found none so far/);
});

test('a correction stands in place, keeps what was said first, and what was offered before answers something else', () => {
  const talk = talkOf(say('What is hope?'), offer(1, 'Hope is.'), { do: 'correct', turn: 1, text: 'What is love?' });
  const twice = after(talk, { do: 'correct', turn: 1, text: 'What is pain?' });

  assert.deepEqual(twice.said, [{ by: 'another', text: 'What is pain?', first: 'What is hope?' }]);
  assert.deepEqual(openOffers(talk), []);
});

test('offers are drawn from seeds of their own', () => {
  const first = talkOf(say('What is hope?'));
  const second = after(first, offer(1, 'Hope is.'));

  assert.notEqual(nextSeed(first), nextSeed(second));
  assert.equal(nextSeed(first), nextSeed(talkOf(say('Another thing.'))));
});

test('a turn has words, without control characters, in any script', () => {
  assert.equal(asTurn('  \u001b[31mМоре\u0007 海 🌊\r\nنعم '), '[31mМоре 海 🌊\nنعم');
  for (const empty of ['', '   ', '\n\t', '\u001b', '\u200b\u200d', '\ufeff']) {
    assert.throws(() => asTurn(empty), /expected some words, found none/);
  }
  assert.equal(asTurn('?'), '?');
  const novel = 'The gulls, again. '.repeat(40_000).trim();
  assert.equal(asTurn(novel), novel);
  assert.throws(() => asTurn('x'.repeat(4_000_001)), /at most 4,000,000 characters/);
});

test('the persona is not taught the other’s turn', () => {
  assert.equal(asAnswer('Two > one.'), 'Two > one.');
  assert.throws(() => asAnswer('Yes.\n> And you?'), /so the other is quoted/);
});
