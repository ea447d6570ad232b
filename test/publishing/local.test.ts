import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { say } from '../../src/publishing/local.ts';
import { type Network, Refusal } from '../../src/publishing/network.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { localAccount } from './local-account.ts';

const NOON = new Date('2026-06-01T12:00Z');
let store: Store;
let ada: Network;
beforeEach(() => {
  store = openStore(':memory:');
  ada = localAccount(store, 'ada', () => NOON);
});

const publish = (text: string, inReplyTo: string | null = null) =>
  ada.publish({ text, key: `key of ${text}`, inReplyTo, options: {} });
const visitor = (text: string, inReplyTo?: string) => say(store, { name: 'bob', text, inReplyTo, now: NOON });
const heard = async (since: string | null) => (await Array.fromAsync(ada.mentions(since))).map(({ post }) => post.text);

test('a visitor speaks to a persona by its name or in answer to it; all else is not for it', async () => {
  const { url } = await publish('Hope is a debt.');
  await visitor('Good day, @ada!');
  await visitor('Good day, @adalbert and ada@example.com');
  await visitor('Whose?', url);
  await publish('@ada talks to itself');

  assert.deepEqual(await heard(null), ['Good day, @ada!', 'Whose?']);
});

test('mentions go on from where one was', async () => {
  for (const text of ['@ada one', '@ada two', '@ada three']) await visitor(text);
  const [first] = await Array.fromAsync(ada.mentions(null));

  assert.deepEqual(await heard(first!.cursor), ['@ada two', '@ada three']);
});

test('a thread goes up to its first post, and says who is a persona', async () => {
  const own = await publish('Hope is a debt.');
  const question = await visitor('Whose?', own.url);
  const reply = await publish('Yours.', String(question.id));

  const thread = await ada.thread(reply.id);

  assert.deepEqual(
    thread.map(({ text, isOwn, author, inReplyTo }) => [text, isOwn, author.isBot, inReplyTo]),
    [
      ['Hope is a debt.', true, true, null],
      ['Whose?', false, false, '1'],
      ['Yours.', true, true, '2'],
    ],
  );
  assert.deepEqual(await ada.outcome(own.id), { likes: 0, boosts: 0, replies: 1 });
});

test('a post that is gone has no thread, and nobody replies to it', async () => {
  await assert.rejects(ada.thread('9'), Refusal);
  await assert.rejects(publish('Whose?', '9'), Refusal);
  await assert.rejects(visitor('Whose?', 'local:ada/9'), UserError);
});
