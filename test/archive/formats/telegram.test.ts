import assert from 'node:assert/strict';
import { test } from 'node:test';
import { telegram } from '../../../src/archive/formats/telegram.ts';
import { UserError } from '../../../src/errors.ts';
import { countsOf, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const files = fixtureFiles('telegram');

test('a whole account says whose it is, and whose each message is', async () => {
  const archive = inMemory(files);

  assert.ok(await telegram.detect(archive));
  assert.deepEqual(await telegram.owner(archive), ['user700100200']);
  assert.deepEqual(rowsOf(await readAll(telegram, archive)), [
    'theirs | user4300000001 | 2021-03-01T09:00:00.000Z | Did the boat come in?',
    'mine | user700100200 | 2021-03-01T09:01:00.000Z | It did, see https://harbour.example/log',
    'theirs | user555 | 2021-03-01T09:05:00.000Z | I have left this service.',
    'mine | user700100200 | 2019-05-01T08:00:00.000Z | Buy rope.\nAnd tar.',
    'theirs | channel9007199254740993123 | 2022-01-01T00:00:00.000Z | Rules of the channel',
    'mine | user700100200 | 2022-01-01T00:01:00.000Z | Happy new year to all lamps',
    'mine | user700100200 | 2020-02-29T12:00:00.000Z | Leap day greetings',
  ]);
});

test('what was left out is counted by rule', async () => {
  assert.deepEqual(countsOf(await readAll(telegram, inMemory(files))), {
    'bot command': 1,
    forwarded: 3,
    'no text': 1,
    'system line': 1,
    'via bot': 1,
  });
});

test('ids keep all digits; replies, threads and audiences are kept', async () => {
  const { posts } = await readAll(telegram, inMemory(files));

  assert.deepEqual(
    posts.map(({ id, thread, inReplyTo, visibility }) => [id, thread, inReplyTo, visibility]),
    [
      ['4300000001/2', '4300000001', undefined, 'private'],
      ['4300000001/3', '4300000001', '4300000001/2', 'private'],
      ['4300000001/8', '4300000001', undefined, 'private'],
      ['700100200/20', '700100200', undefined, 'private'],
      ['9007199254740993123/1', '9007199254740993123', undefined, 'public'],
      ['9007199254740993123/2', '9007199254740993123', undefined, 'public'],
      ['77/9', '77', undefined, 'private'],
    ],
  );
});

const CHAT = `{ "name": "Oskar Vane", "type": "personal_chat", "id": 5, "messages": [
  { "id": 1, "type": "message", "date_unixtime": "1614589200", "from": "Oskar Vane", "from_id": "user5", "text": "Ahoy" },
  { "id": 2, "type": "message", "date_unixtime": "1614589260", "from": "Mira Quill", "from_id": "user7", "text": "Ahoy too" }] }`;

test('a single chat does not say whose it is: a name, a handle or an id tells', async () => {
  const archive = inMemory({ 'any name.json': CHAT });

  assert.ok(await telegram.detect(archive));
  assert.deepEqual(await telegram.owner(archive), []);
  for (const me of ['mira quill', 'user7', '7']) {
    assert.deepEqual(rowsOf(await readAll(telegram, archive, [me])), [
      'theirs | user5 | 2021-03-01T09:00:00.000Z | Ahoy',
      'mine | user7 | 2021-03-01T09:01:00.000Z | Ahoy too',
    ]);
  }
});

test('a chat from before 2021 has the clock of a zone that a person may say, and what is of no known kind is counted', async () => {
  const chat = `{ "name": "Oskar Vane", "type": "personal_chat", "id": 5, "messages": [
    { "id": 1, "type": "message", "date": "2020-07-01T10:00:00", "from": "Mira Quill", "from_id": 7, "text": "Old" },
    { "id": 2, "type": "unsupported", "date": "2020-07-01T10:01:00", "text": "?" }] }`;
  const read = (zone?: string) => readAll(telegram, inMemory({ 'result.json': chat }), ['7'], { zone });

  assert.deepEqual(rowsOf(await read()), ['mine | user7 | 2020-07-01T10:00:00.000Z | Old']);
  assert.deepEqual(rowsOf(await read('America/New_York')), ['mine | user7 | 2020-07-01T14:00:00.000Z | Old']);
  assert.deepEqual(countsOf(await read()), { 'unknown kind': 1 });
});

test('of two accounts in one folder the messages of both are mine', async () => {
  const of = (user: number) =>
    `{"personal_information":{"user_id":${user}},"chats":{"list":[{"type":"personal_chat","id":5,"messages":[{"id":${user},"type":"message","date_unixtime":"1614589200","from":"M","from_id":"user${user}","text":"By ${user}"}]}]}}`;
  const archive = inMemory({ 'a/result.json': of(7), 'b/result.json': of(8) });

  assert.deepEqual(await telegram.owner(archive), ['user7', 'user8']);
  assert.deepEqual(rowsOf(await readAll(telegram, archive)), [
    'mine | user7 | 2021-03-01T09:00:00.000Z | By 7',
    'mine | user8 | 2021-03-01T09:00:00.000Z | By 8',
  ]);
});

test('a chat without type and number is not taken for the one before it', async () => {
  const message = (id: number) =>
    `{"id":${id},"type":"message","date_unixtime":"1614589200","from":"M","from_id":"user7","text":"Number ${id}"}`;
  const chats = `{"type":"public_supergroup","id":5,"messages":[${message(1)}]},{"messages":[${message(2)}]}`;
  const archive = inMemory({ 'result.json': `{"personal_information":{"user_id":7},"chats":{"list":[${chats}]}}` });

  const { posts } = await readAll(telegram, archive);

  assert.deepEqual(
    posts.map(({ thread, visibility }) => [thread, visibility]),
    [
      ['5', 'public'],
      ['chats/list/1', 'private'],
    ],
  );
});

test('an account without its number is not the first of its chats', async () => {
  const archive = inMemory({ 'result.json': files['result.json']!.toString().replace(/"user_id": \d+,/, '') });

  assert.deepEqual(await telegram.owner(archive), []);
});

test('the HTML export is recognised, and refused with what to do', async () => {
  const archive = inMemory({ 'ChatExport/messages.html': '<body><div class="page_wrap">' });

  assert.ok(await telegram.detect(archive));
  await assert.rejects(readAll(telegram, archive), (error) => error instanceof UserError && /HTML/.test(error.message));
});

test('other JSON is not taken for it', async () => {
  assert.equal(await telegram.detect(inMemory({ 'result.json': '{"messages": []}', 'a.json': '[]' })), false);
});

test('a cut-off file gives what was whole', async () => {
  const json = files['result.json']!.toString();

  const reading = await readAll(telegram, inMemory({ 'result.json': json.slice(0, json.indexOf('"saved_messages"')) }));

  assert.equal(reading.posts.length, 3);
  assert.equal(countsOf(reading)['cut off'], 1);
});

test('damaged in any way, it is read as far as it goes', () => assertSurvives(telegram, files));
