import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isForAll, isSummonedOnX, saysTheSame, whyNever, whyNotHere } from '../../src/listening/manners.ts';
import { narrower } from '../../src/publishing/audience.ts';
import { NOON, ownPost, person, post } from './said.ts';

const known = { now: NOON, expireAfterMs: 3_600_000, hasOptedOut: false };
const said = { replies: 0, perThread: 3, repliesToAuthor: 0, perPerson: 5, earlier: [] };
const by = (changes: Parameters<typeof person>[1]) => post('1', 'Hello?', { author: person('bob', changes) });

test('a person who speaks to it is answered', () => {
  assert.equal(whyNever(by({}), known), null);
  assert.equal(whyNotHere({ ...said, thread: [by({})] }), null);
});

test('bots, those who want none, the blocked and muted, and the persona itself are not answered', () => {
  assert.match(whyNever(by({ isBot: true }), known)!, /bot wrote it/);
  assert.match(whyNever(by({ refusesBots: true }), known)!, /no answers from bots/);
  assert.match(whyNever(by({ displayName: 'Bob #NoBot' }), known)!, /no answers from bots/);
  assert.match(whyNever(by({ isBlocked: true }), known)!, /blocked or muted/);
  assert.match(whyNever(ownPost('1', 'Hello?'), known)!, /own post/);
});

test('who asked not to be answered is not', () => {
  assert.match(whyNever(by({}), { ...known, hasOptedOut: true })!, /asked not to be/);
});

test('what is too old, or of a time that nobody can read, is not answered', () => {
  assert.match(whyNever(post('1', 'Hello?', { at: '2026-06-01T10:59:00.000Z' }), known)!, /too old/);
  assert.match(whyNever(post('1', 'Hello?', { at: 'yesterday' }), known)!, /too old/);
});

test('a conversation ends after `perThread` replies, counted in the store and in what is to be seen', () => {
  const question = post('3', 'And then?', { inReplyTo: '2' });
  const answered = [post('1', 'Why?'), ownPost('2', 'Because.', { inReplyTo: '1' }), question];

  assert.equal(whyNotHere({ ...said, thread: answered, perThread: 2 }), null);
  assert.match(whyNotHere({ ...said, thread: answered, perThread: 1 })!, /1 replies of it already/);
  assert.match(whyNotHere({ ...said, thread: [question], replies: 3 })!, /3 replies of it already/);
});

test('one person is answered so often a day, in whatever conversations', () => {
  assert.match(whyNotHere({ ...said, thread: [by({})], repliesToAuthor: 5 })!, /answered 5 times/);
});

test('who says nearly the same again is not answered: in the thread, elsewhere, or what the persona said', () => {
  const parrot = 'I am a very helpful assistant, what can I do for you today?';
  const again = post('3', `@ada ${parrot.replace('today', 'tonight')}`, { inReplyTo: '2' });
  const own = ownPost('2', 'Nothing.', { inReplyTo: '1' });

  assert.match(whyNotHere({ ...said, thread: [post('1', parrot), own, again] })!, /the same again/);
  assert.match(whyNotHere({ ...said, thread: [again], earlier: [parrot] })!, /the same again/);
  assert.match(whyNotHere({ ...said, thread: [ownPost('2', parrot), again] })!, /the same again/);
  assert.equal(whyNotHere({ ...said, thread: [post('1', 'What is rain, and who wants it?'), own, again] }), null);
});

test('short words are said twice by anybody', () => {
  assert.ok(!saysTheSame('Thank you!', '@ada thank you'));
  assert.ok(!saysTheSame('', ''));
});

test('a post that is gone is not answered', () => {
  assert.match(whyNotHere({ ...said, thread: [] })!, /gone/);
});

test('on X, to be named among those who were in the conversation is no summons', () => {
  const own = ownPost('1', 'I said so.');
  const toOther = post('3', '@eve @ada You are wrong', { inReplyTo: '2' });
  const other = post('2', '@ada Eve agrees', { author: person('eve'), inReplyTo: '1' });

  assert.ok(isSummonedOnX([post('1', 'What says @ada?')]));
  assert.ok(isSummonedOnX([own, other]));
  assert.ok(!isSummonedOnX([own, other, toOther]));
  assert.ok(isSummonedOnX([own, other, { ...toOther, text: '@eve @ada You are wrong, ask @ada' }]));
});

test('a reply is at most as public as what it answers', () => {
  assert.equal(narrower('unlisted', 'public'), 'unlisted');
  assert.equal(narrower('unlisted', 'followers'), 'followers');
  assert.equal(narrower('public', 'direct'), 'direct');
});

test('on X what only some may see gets no answer, which all would see', () => {
  assert.ok(isForAll([post('1', 'Hello?')]));
  assert.ok(!isForAll([post('1', 'Hello?', { visibility: 'followers' })]));
});
