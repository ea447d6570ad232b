import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { heard } from '../../src/cli/offer-replies.ts';
import { openChatWith } from '../../src/cli/open-chat.ts';
import { offer, say } from '../chat/conversations.ts';
import { NOON, persona } from '../daemon/composing.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-open-chat-'));
after(() => rmSync(home, { recursive: true }));
const open = (name: string, as?: string, remember = false) =>
  openChatWith({ home, persona: 'ada', name, now: NOON, remember }, { seed: 1, as });

test('a conversation is with one person: whoever goes on under another name is sent away, and the log is free', () => {
  open('tea', 'Ann').log.close();
  open('wine').log.close();

  for (const [name, as] of [['tea'], ['tea', 'Eve'], ['wine', 'Ann']] as const) {
    assert.throws(() => open(name, as), /one is with one person/);
  }
  const again = open('tea', ' Ann ');
  again.log.close();
  assert.equal(again.talk.with, 'Ann');
});

test('where the persona remembers, a new conversation reads what the same person and it said last; the log says so', () => {
  const first = open('one', 'Kim');
  for (const turn of [say('My cat is called Plugh.'), offer(1, 'A fine cat.', 'No.')]) first.log.append(turn, NOON);
  first.log.append({ do: 'pick', offer: 0, choice: 1 }, NOON);
  first.log.close();

  const [knows, forgets, other] = [open('two', 'Kim', true), open('three', 'Kim'), open('four', 'Lee', true)];
  knows.log.append(say('What is she called?'), NOON);
  for (const { log } of [knows, forgets, other]) log.close();
  const again = open('two', 'Kim');
  again.log.close();

  assert.deepEqual(
    heard(again.talk, persona()).map(({ by, text }) => [by, text]),
    [
      ['another', 'My cat is called Plugh.'],
      ['me', 'A fine cat.'],
      ['another', 'What is she called?'],
    ],
  );
  assert.equal(again.talk.said.length, 1, 'what is remembered is no turn of it');
  assert.deepEqual([forgets.talk.remembered, other.talk.remembered], [[], []]);
});
