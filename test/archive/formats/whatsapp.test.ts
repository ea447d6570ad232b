import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hints } from '../../../src/archive/format.ts';
import { whatsapp } from '../../../src/archive/formats/whatsapp.ts';
import { countsOf, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const files = fixtureFiles('whatsapp');

test('chats of iOS and Android, in several ways of writing dates, are told apart and read', async () => {
  const archive = inMemory(files);

  assert.ok(await whatsapp.detect(archive));
  assert.deepEqual(rowsOf(await readAll(whatsapp, archive)).toSorted(), [
    'mine | Mira Quill | 2021-03-01T21:06:00.000Z | Hola',
    'mine | Mira Quill | 2021-03-02T00:01:00.000Z | Still awake?',
    'mine | Mira Quill | 2021-03-02T00:03:00.000Z | The moon over the roofs',
    'mine | Mira Quill | 2021-03-02T00:09:00.000Z | Good night',
    'mine | Mira Quill | 2021-03-03T09:06:00.000Z | The pier. 10:30 - be there',
    'mine | Mira Quill | 2021-03-03T09:07:00.000Z | The sea today',
    'mine | Mira Quill | 2021-03-03T09:11:00.000Z | I <3 walking > running',
    'theirs | +49 170 5550100 | 2021-03-03T09:10:00.000Z | Who is this?',
    'theirs | Bruno Sala | 2021-03-14T00:00:00.000Z | Adiós: hasta mañana',
    'theirs | Ines Roth | 2021-03-02T00:01:00.000Z | ok',
    'theirs | Ines Roth | 2021-03-02T00:01:00.000Z | ok',
    'theirs | Oskar Vane | 2021-03-03T09:05:10.000Z | Shall we walk\nto the lighthouse?\n\nOr the pier: both are fine',
    'theirs | Tove Lind | 2021-03-03T09:08:00.000Z | @Mira Quill I am late',
  ]);
});

test('what the app says in the name of a sender is left out, and counted', async () => {
  assert.deepEqual(countsOf(await readAll(whatsapp, inMemory(files))), { deleted: 3, 'no text': 3, 'system line': 10 });
});

test('of several chats the sender in most is the owner; of one chat the owner has to be said', async () => {
  const one = inMemory({ 'WhatsApp Chat with Ines Roth.txt': files['WhatsApp Chat with Ines Roth.txt']! });

  assert.deepEqual(await whatsapp.owner(inMemory(files)), ['Mira Quill']);
  assert.deepEqual(await whatsapp.owner(one), []);
  assert.deepEqual(
    (await readAll(whatsapp, one, ['ines roth'])).posts.filter(({ mine }) => mine).map(({ text }) => text),
    ['ok', 'ok'],
  );
});

test('the chat is named by its file, or by the zip around a file whose name says nothing', async () => {
  const { posts } = await readAll(whatsapp, inMemory(files));

  assert.deepEqual([...new Set(posts.map(({ thread }) => thread))].toSorted(), [
    'Chat de WhatsApp con Bruno Sala',
    'WhatsApp Chat - Harbour walk',
    'WhatsApp Chat with Ines Roth',
  ]);
});

test('ids are the same when a longer export of the chat is read later, and no two are', async () => {
  const lines = ['1/3/21, 10:00 - A: ok', '1/3/21, 10:00 - A: ok', '1/3/21, 10:01 - A: ok'];
  const idsOf = async (text: string) =>
    (await readAll(whatsapp, inMemory({ 'a.txt': text }))).posts.map(({ id }) => id);

  const ids = await idsOf(lines.join('\n'));

  assert.deepEqual(
    await idsOf([...lines, '2/3/21, 10:01 - B: new'].join('\n')).then((longer) => longer.slice(0, 3)),
    ids,
  );
  assert.equal(new Set(ids).size, 3);
});

const first = async (...lines: string[]) =>
  (await readAll(whatsapp, inMemory({ 'chat.txt': lines.join('\n') }))).posts[0]?.time ?? null;

for (const [line, time] of [
  ['2021/12/31, 22:05 - A: x', '2021-12-31T22:05:00.000Z'],
  ['31-12-2021 22:05 - A: x', '2021-12-31T22:05:00.000Z'],
  ['31.12.21, 22.05 - A: x', '2021-12-31T22:05:00.000Z'],
  ['12/31/16, 10:00:07 PM: A: x', '2016-12-31T22:00:07.000Z'],
  ['[12/31/21, 12:05:00 PM] A: x', '2021-12-31T12:05:00.000Z'],
  ['2021. 12. 31. 오후 3:15, A : x', '2021-12-31T15:15:00.000Z'],
  ['[2021. 12. 31. 오후 3:15:00] A: x', '2021-12-31T15:15:00.000Z'],
  ['[2021/12/31 下午3:15:00] A: x', '2021-12-31T15:15:00.000Z'],
  ['٣١/١٢/٢٠٢١، ١٠:٠٥ م - A: x', '2021-12-31T22:05:00.000Z'],
  ['31/31/2021, 10:05 - A: x', null],
] as const) {
  test(`"${line}" is ${time ?? 'at no time that there is'}`, async () => {
    assert.equal(await first(line), time);
  });
}

test('a chat that cannot be otherwise decides between day and month for all of its lines', async () => {
  assert.equal(await first('1/2/21, 10:00 - A: x', '1/13/21, 10:00 - A: y'), '2021-01-02T10:00:00.000Z');
  assert.equal(await first('1/2/21, 10:00 - A: x', '13/2/21, 10:00 - A: y'), '2021-02-01T10:00:00.000Z');
});

test('where both ways are possible, the one that goes forwards in time is taken', async () => {
  assert.equal(await first('11/1/21, 10:00 - A: x', '2/2/21, 10:00 - A: y'), '2021-01-11T10:00:00.000Z');
  assert.equal(await first('1/11/21, 10:00 - A: x', '2/2/21, 10:00 - A: y'), '2021-01-11T10:00:00.000Z');
});

test('a person may say which comes first, and in which zone the phone was; the messages are the same ones', async () => {
  const archive = inMemory({ 'chat.txt': '3/4/21, 22:05 - A: x\n3/5/21, 22:05 - A: y' });
  const read = async (hints: Hints) => {
    const { posts } = await readAll(whatsapp, archive, ['A'], hints);
    return { ids: posts.map(({ id }) => id), times: posts.map(({ time }) => time?.slice(0, 16)) };
  };

  const [unsaid, said] = [await read({}), await read({ dates: 'month first', zone: 'Europe/Berlin' })];

  assert.deepEqual(unsaid.times, ['2021-04-03T22:05', '2021-05-03T22:05']);
  assert.deepEqual(said.times, ['2021-03-04T21:05', '2021-03-05T21:05']);
  assert.deepEqual(said.ids, unsaid.ids);
});

const APP = [
  '<メディアは含まれていません>',
  '<省略多媒体文件>',
  '<媒體已被略去>',
  '<ไฟล์สื่อถูกละเว้น>',
  '<미디어 파일을 제외한 대화내용>',
  '<Medien ausgeschlossen>',
  '<تم استبعاد الوسائط>',
  'This message was deleted by admin Tove Lind.',
  'You deleted this message as admin',
  'Waiting for this message. This may take a while.',
  'live location shared',
  'Missed video call',
];

test('what the app puts in the place of words is nobody’s, in scripts with and without spaces', async () => {
  const said = ['I <3 owls <and moths>', '<笑>', 'We are waiting for this message'];
  const chat = [...APP, ...said].map((words) => `31/12/21, 22:05 - A: ${words}`).join('\n');

  const { posts, omissions } = await readAll(whatsapp, inMemory({ 'chat.txt': `31/12/21, 22:05 - A: hi\n${chat}` }), [
    'A',
  ]);

  assert.deepEqual(
    posts.map(({ text }) => text),
    ['hi', 'I <3 owls', ...said.slice(1)],
  );
  assert.equal(omissions.length, APP.length);
});

test('a mark that a message was edited goes, and its words stay', async () => {
  const chat = '2021/12/31 22:05 - A: また明日 <このメッセージは編集されました>';

  const { posts } = await readAll(whatsapp, inMemory({ 'chat.txt': chat }), ['A']);

  assert.deepEqual(
    posts.map(({ text }) => text),
    ['また明日'],
  );
});

test('where the year comes first, what a person says of day and month changes nothing', async () => {
  const chat = inMemory({ 'chat.txt': '2021/12/31, 22:05 - A: x' });

  const { posts } = await readAll(whatsapp, chat, ['A'], { dates: 'day first' });

  assert.equal(posts[0]?.time, '2021-12-31T22:05:00.000Z');
});

test('in whose name only the app speaks is not the owner, in however many chats', async () => {
  const chat = (name: string) =>
    `[31/12/21, 22:05:00] Walkers: \u200eMessages are encrypted.\n[31/12/21, 22:05:00] ${name}: hi\n[31/12/21, 22:05:01] Mira: hi\n`;
  const archive = inMemory({ 'a.txt': chat('Ann'), 'b.txt': chat('Bo'), 'c.txt': chat('Cy').replace(/.*Mira.*/, '') });

  assert.deepEqual(await whatsapp.owner(archive), ['Mira']);
});

test('other texts are not taken for chats', async () => {
  assert.equal(await whatsapp.detect(inMemory({ 'notes.txt': 'On 3/4/21 we met.\n3/4/21, 10:00 - A: x' })), false);
});

test('one line of a hundred thousand letters, or of spaces, takes no time', async () => {
  const { posts } = await readAll(
    whatsapp,
    inMemory({ 'a.txt': `1/3/21, 10:00 - A: ${'<a '.repeat(100_000)}>\n1/3/21, ${' '.repeat(100_000)}\n` }),
  );

  assert.equal(posts.length, 1);
});

test('damaged in any way, it is read as far as it goes', () => assertSurvives(whatsapp, files));

test('of a message longer than any phone sends the end is left out, which is named', async () => {
  const long = ['31/12/21, 22:05 - A: hello', ...Array(2000).fill('and another line of some forty letters')];
  const chat = [...long, '31/12/21, 22:06 - A: a', `31/12/21, 22:07 - A: ${'b '.repeat(40_000)}`].join('\n');

  const { posts, omissions } = await readAll(whatsapp, inMemory({ 'chat.txt': chat }), ['A']);

  assert.deepEqual(
    posts.map(({ text }) => text.slice(0, 5)),
    ['hello', 'a', 'b b b'],
  );
  assert.deepEqual(omissions, [
    { omitted: 'end of a long text', place: 'chat.txt, line 1' },
    { omitted: 'end of a long text', place: 'chat.txt, line 2003' },
  ]);
});
