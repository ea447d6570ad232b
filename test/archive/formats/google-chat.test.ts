import assert from 'node:assert/strict';
import { test } from 'node:test';
import { googleChat } from '../../../src/archive/formats/google-chat.ts';
import { countsOf, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const files = fixtureFiles('google-chat');

test('direct messages and spaces are read, with times in several languages and what is quoted left to its author', async () => {
  const archive = inMemory(files);

  assert.ok(await googleChat.detect(archive));
  assert.deepEqual(await googleChat.owner(archive), ['mira.quill@mail.example']);
  assert.deepEqual(rowsOf(await readAll(googleChat, archive)), [
    'theirs | oskar@mail.example | 2018-11-18T18:02:21.000Z | Is the pier open?',
    'mine | mira.quill@mail.example | 2018-11-18T18:03:00.000Z | From noon on.',
    'mine | mira.quill@mail.example | 2018-11-20T08:04:00.000Z | Gulls: 1\nMira: 0\nhttps://pier.example',
    'mine | mira.quill@mail.example | null | No time for this',
    'theirs | oskar@mail.example | 2024-03-06T15:20:10.000Z | Who paints the railing?',
    'mine | mira.quill@mail.example | 2024-03-06T15:21:10.000Z | I do, in green',
  ]);
});

test('bots, deleted messages and pictures are left out, and counted', async () => {
  assert.deepEqual(countsOf(await readAll(googleChat, inMemory(files))), { bot: 1, 'no text': 2 });
});

test('a direct message is one conversation; a space has one for each topic', async () => {
  const { posts } = await readAll(googleChat, inMemory(files));

  assert.deepEqual([...new Set(posts.map(({ thread }) => thread))], ['DM kq1Z', 'Space AAAAb2/rail']);
  assert.deepEqual(posts[0]?.id, 'kq1Z/t1/t1');
});

test('messages.json of other services is not taken for it', async () => {
  assert.equal(await googleChat.detect(inMemory({ 'c123/messages.json': '[{"ID": 1, "Contents": "x"}]' })), false);
});

test('damaged in any way, it is read as far as it goes', () => assertSurvives(googleChat, files));
