import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { chatFile, openChat } from '../../src/chat/log.ts';
import { asName, forgetChatPerson, lastSaid, readChatPeople } from '../../src/chat/people.ts';
import { recordAnswer, recordedAnswers } from '../../src/chat/record-answer.ts';
import type { Turn } from '../../src/chat/turn.ts';
import { decidedTexts } from '../../src/learning/adapter/taught-texts.ts';
import { openStore, storeFile } from '../../src/store/store.ts';
import { candidate, NOON, ROUND } from '../queue/prepared-drafts.ts';
import { begin, offer, say } from './conversations.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'eidolon-chat-people-'));
  after(() => rmSync(home, { recursive: true, force: true }));
});

const minute = (count: number) => new Date(NOON.getTime() + count * 60_000);

/** A conversation, a turn a minute from then on. */
function talked(name: string, who: string | undefined, turns: readonly Turn[], from = 0): void {
  const log = openChat(chatFile(home, 'ada', name));
  const all = [{ ...begin(), ...(who !== undefined && { with: who }) }, ...turns];
  for (const [index, turn] of all.entries()) log.append(turn, minute(from + index));
  log.close();
}
const exchange = (asked: string, answer: string): readonly Turn[] => [
  say(asked),
  offer(1, answer, 'Hm.', 'No.'),
  { do: 'pick', offer: 0, choice: 1 },
];

test('who talked is known by the name that they talked by, each with their own conversations', () => {
  talked('tea', undefined, exchange('What is rain?', 'Water.'));
  talked('wine', 'Ann', exchange('My parrot is Xyzzy.', 'A bird.'), 10);
  talked('beer', 'Ann', [say('It is me again.')], 20);

  const people = readChatPeople(home);

  assert.deepEqual(
    people.map(({ id, conversations, spoke, answered, first, last }) => [
      id,
      conversations,
      spoke,
      answered,
      first,
      last,
    ]),
    [
      ['chat:Ann', 2, 2, 1, minute(10).toISOString(), minute(21).toISOString()],
      ['chat:owner', 1, 1, 1, minute(0).toISOString(), minute(3).toISOString()],
    ],
  );
  assert.deepEqual(
    people[0]?.talks.map(({ conversation, said }) => [conversation, said.map(({ by, text }) => [by, text])]),
    [
      [
        'wine',
        [
          ['them', 'My parrot is Xyzzy.'],
          ['persona', 'A bird.'],
        ],
      ],
      ['beer', [['them', 'It is me again.']]],
    ],
  );
});

test('what was said last is of the same person alone, and of the newest conversation in which something was said', () => {
  talked('tea', undefined, exchange('What is rain?', 'Water.'));
  talked('wine', 'Ann', exchange('My parrot is Xyzzy.', 'A bird.'), 10);
  talked('empty', 'Ann', [], 20);

  assert.deepEqual(lastSaid(home, 'ada', 'Ann', 3), [
    { by: 'another', text: 'My parrot is Xyzzy.' },
    { by: 'me', text: 'A bird.' },
  ]);
  assert.deepEqual(lastSaid(home, 'ada', null, 1), [{ by: 'me', text: 'Water.' }]);
  assert.deepEqual(lastSaid(home, 'ada', 'Eve', 3), []);
});

test('who is forgotten is gone from disk and store, and a new conversation of that name begins anew; others stay', async () => {
  talked('tea', undefined, exchange('What is rain?', 'Water.'));
  talked('wine', 'Ann', exchange('My parrot is Xyzzy.', 'A bird.'), 10);
  const store = openStore(storeFile(home));
  for (const [chat, asked] of [
    ['tea', 'What is rain?'],
    ['wine', 'My parrot is Xyzzy.'],
  ] as const) {
    const context = [{ by: 'another', text: asked }] as const;
    const candidates = ['A fine thing.', `Of ${asked}`].map((text) => candidate(text));
    const round = { ...ROUND, request: { ...ROUND.request, context } };
    const answer = { persona: 'ada', chat, turn: 2, context, round, candidates, choice: 1, text: 'A fine thing.' };
    await recordAnswer(store, { ...answer, now: NOON });
  }

  const done = await forgetChatPerson(store, home, readChatPeople(home, 'ada').find(({ name }) => name === 'Ann')!);

  assert.deepEqual(done, { posts: 1, withdrawn: 0 });
  assert.ok(!existsSync(chatFile(home, 'ada', 'wine')) && existsSync(chatFile(home, 'ada', 'tea')));
  assert.deepEqual([...(await recordedAnswers(store, 'ada', 'wine')).keys()], []);
  assert.deepEqual([...(await recordedAnswers(store, 'ada', 'tea')).keys()], [2]);
  assert.deepEqual(
    (await decidedTexts(store, 'ada')).map(({ context }) => context),
    [[{ by: 'another', text: 'What is rain?' }]],
  );
  await store.close();
  assert.ok(!readFileSync(storeFile(home)).includes('Xyzzy'));
});

test('a conversation that is being held is not forgotten under the hands of who holds it', async () => {
  talked('wine', 'Ann', exchange('My parrot is Xyzzy.', 'A bird.'));
  const store = openStore(':memory:');
  const [ann] = readChatPeople(home);
  const open = openChat(chatFile(home, 'ada', 'wine'));

  await assert.rejects(forgetChatPerson(store, home, ann!), /being written by process/);
  open.close();
  assert.ok(existsSync(chatFile(home, 'ada', 'wine')));
  await store.close();
});

test('a name is one that can be told from the owner, and does nothing to a terminal', () => {
  assert.deepEqual([' Ann ', 'Renée d’Arc', '雨'].map(asName), ['Ann', 'Renée d’Arc', '雨']);
  for (const name of ['', '  ', 'Owner', 'a\u001b[2J', 'x'.repeat(65), '../x'])
    assert.throws(() => asName(name), /expected a name/);
});

test('of a log with a line that cannot be read, whichever it is, nothing is lost but that line, and it is named', async () => {
  talked('wine', 'Ann', [
    ...exchange('My parrot is Xyzzy.', 'A bird.'),
    say('Which one?'),
    offer(3, 'The green one.', 'Hm.', 'No.'),
    { do: 'pick', offer: 1, choice: 1 },
  ]);
  talked('tea', undefined, exchange('What is rain?', 'Water.'), 30);
  const file = chatFile(home, 'ada', 'wine');
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const all = ['My parrot is Xyzzy.', 'A bird.', 'Which one?', 'The green one.'];
  // What each line after the first says; an offer says nothing, but what is picked from it is only there.
  const lostIn = [0, 1, 1, 2, 3, 3];

  for (const [index, turn] of lostIn.entries()) {
    for (const broken of ['{"at":"2026-', 'not a turn', '{}', '']) {
      writeFileSync(file, `${lines.with(index + 1, broken).join('\n')}\n`);
      const told: string[] = [];

      const people = readChatPeople(home, 'ada', (notice) => told.push(notice));

      const ann = people.find(({ name }) => name === 'Ann');
      assert.deepEqual(told, [`${file}:${index + 2} cannot be read and is left out`]);
      assert.deepEqual(
        ann?.talks[0]?.said.map(({ text }) => text).filter((text) => text !== null),
        all.toSpliced(turn, 1),
        `line ${index + 2}`,
      );
      assert.equal(people.length, 2);
    }
  }
});

test('where it cannot be read who talked, the conversation is among nobody’s, and the others are there', () => {
  talked('wine', 'Ann', exchange('My parrot is Xyzzy.', 'A bird.'));
  talked('tea', undefined, exchange('What is rain?', 'Water.'), 30);
  const file = chatFile(home, 'ada', 'wine');
  writeFileSync(file, readFileSync(file, 'utf8').replace('{', '['));
  const told: string[] = [];

  const people = readChatPeople(home, 'ada', (notice) => told.push(notice));

  assert.deepEqual(
    people.map(({ name, spoke }) => [name, spoke]),
    [['owner', 1]],
  );
  assert.match(told.join('|'), /^[^|]*wine\.jsonl:1 cannot be read, and with it who talked there[^|]*$/);
});

test('a person is forgotten although a line of their conversation cannot be read', async () => {
  talked('wine', 'Ann', exchange('My parrot is Xyzzy.', 'A bird.'));
  const file = chatFile(home, 'ada', 'wine');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"do":"say"', '"do":"sway"'));
  const store = openStore(storeFile(home));

  await forgetChatPerson(store, home, readChatPeople(home, 'ada')[0]!);

  assert.deepEqual([existsSync(file), readChatPeople(home)], [false, []]);
  await store.close();
});
