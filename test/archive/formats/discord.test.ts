import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discordWords } from '../../../src/archive/discord-text.ts';
import { discord } from '../../../src/archive/formats/discord.ts';
import { countsOf, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const files = fixtureFiles('discord');
const saved = fixtureFiles('discord-chat-exporter');

test('a package is read whatever language its folders are named in, as CSV and as JSON', async () => {
  const archive = inMemory(files);

  assert.ok(await discord.detect(archive));
  assert.deepEqual(await discord.owner(archive), ['300100200300400500']);
  assert.deepEqual(rowsOf(await readAll(discord, archive)).toSorted(), [
    'mine | 300100200300400500 | 2019-05-29T00:00:00.000Z | small words',
    'mine | 300100200300400500 | 2020-11-30T23:30:03.690Z | First line, with "quotes"\n\nsecond line',
    'mine | 300100200300400500 | 2020-11-30T23:32:03.000Z | =) ok',
    'mine | 300100200300400500 | 2021-10-13T15:35:46.000Z | Is this **really** the way?',
    'mine | 300100200300400500 | 2021-10-13T15:35:46.790Z | No, that is :owl: by maybe',
  ]);
});

test('what is no text of the owner is left out, and counted', async () => {
  assert.deepEqual(countsOf(await readAll(discord, inMemory(files))), {
    'bot command': 1,
    'channel without messages': 1,
    'link only': 1,
    'no text': 3,
  });
});

test('ids keep all digits; servers are for their members, direct messages private', async () => {
  const { posts } = await readAll(discord, inMemory(files));
  const first = posts.find(({ text }) => text.startsWith('Is this'));

  assert.equal(first?.id, '897870239797215243');
  assert.equal(first?.visibility, 'private');
  assert.equal(first?.url, 'https://discord.com/channels/@me/897870239797215243/897870239797215243');
  assert.deepEqual(
    posts.filter(({ thread }) => thread === '897870239797215299').map(({ visibility }) => visibility),
    ['followers', 'followers'],
  );
});

test('a package without the account is of whom most direct messages are with', async () => {
  const { 'Konto/user.json': _, 'Aktywność/analytics/users/user.json': __, ...rest } = files;

  assert.deepEqual(await discord.owner(inMemory(rest)), ['300100200300400500']);
});

test('channels saved by DiscordChatExporter have what others said as context', async () => {
  const archive = inMemory(saved);

  assert.ok(await discord.detect(archive));
  assert.deepEqual(await discord.owner(archive), []);
  const reading = await readAll(discord, archive, ['MiraQuill']);
  assert.deepEqual(rowsOf(reading), [
    'theirs | 300100200300400599 | 2023-04-24T08:01:00.002Z | Who paints the railing?',
    'mine | 300100200300400500 | 2023-04-24T08:02:00.500Z | I do, in green',
  ]);
  assert.equal(reading.posts[1]?.inReplyTo, '1100000000000000002');
  assert.deepEqual(countsOf(reading), { bot: 1, 'system line': 1 });
});

for (const [content, words] of [
  ['<@!123> <@&123> <#123> hello', 'hello'],
  ['<a:wave:123456789012345678> hi', ':wave: hi'],
  ['try </play song:1234567890>', 'try /play song'],
  ['see <https://pier.example>', 'see https://pier.example'],
  ['look https://cdn.discordapp.com/attachments/1/2/a.png?ex=1 here', 'look here'],
  ['mine\n>>> theirs\nand theirs', 'mine'],
  ['> theirs\nmine\n> theirs again', 'mine'],
  ['a ```theirs``` b', 'a b'],
] as const) {
  test(`of "${content.replaceAll('\n', '\\n')}" the words are "${words}"`, () => {
    assert.deepEqual(discordWords(content), { words });
  });
}

test('damaged in any way, both are read as far as they go', async () => {
  await assertSurvives(discord, files);
  await assertSurvives(discord, saved, ['miraquill']);
});

test('of a text longer than Discord sends the end is left out, which is named', async () => {
  const folder = 'messages/c897870239797215243';
  const message = { ID: '897870239797215300', Timestamp: '2021-10-13 15:35:46', Contents: 'word '.repeat(3000) };
  const archive = inMemory({
    [`${folder}/channel.json`]: JSON.stringify({ id: '897870239797215243', type: 'GUILD_TEXT' }),
    [`${folder}/messages.json`]: JSON.stringify([message, { ...message, ID: 1, Contents: 'short' }]),
  });

  const { posts, omissions } = await readAll(discord, archive);

  assert.deepEqual(
    posts.map(({ text }) => text.length),
    [9999, 5],
  );
  assert.deepEqual(omissions, [{ omitted: 'end of a long text', place: `${folder}/messages.json, 0` }]);
});

test('without the account, the user.json among the activities is not taken for it, wherever the package lies', async () => {
  const { 'Konto/user.json': _, ...rest } = files;

  for (const folder of ['', 'package/', 'package.zip!/']) {
    const moved = Object.fromEntries(Object.entries(rest).map(([path, content]) => [`${folder}${path}`, content]));

    assert.deepEqual(await discord.owner(inMemory(moved)), ['300100200300400500'], folder);
  }
});

test('the account is found beside the messages, whatever both are called, and only where it names a user', async () => {
  const channel = '{"id": "897870239797215243", "type": "DM", "recipients": ["1", "2"]}';
  const owner = (account: string, folder = '') =>
    discord.owner(
      inMemory({
        [`${folder}メッセージ/c897870239797215243/channel.json`]: channel,
        [`${folder}アカウント/user.json`]: account,
      }),
    );

  assert.deepEqual(await owner('{"id": 300100200300400500, "username": "mira"}'), ['300100200300400500']);
  assert.deepEqual(await owner('{"id": "300100200300400500", "username": "mira"}', 'a/b/'), ['300100200300400500']);
  assert.deepEqual(await owner('{"id": "300100200300400500", "events": 12}'), ['owner']);
});

for (const [type, visibility] of [
  ['"DM"', 'private'],
  ['"GROUP_DM"', 'private'],
  ['"GUILD_TEXT"', 'followers'],
  ['"PUBLIC_THREAD"', 'followers'],
  ['"PRIVATE_THREAD"', 'followers'],
  ['1', 'private'],
  ['3', 'private'],
  ['0', 'followers'],
  ['11', 'followers'],
] as const) {
  test(`in a channel of type ${type} messages are ${visibility}; ids that are numbers keep their digits`, async () => {
    const guild = visibility === 'followers' ? ', "guild": {"id": 700700700700700701, "name": "Pier"}' : '';
    const archive = inMemory({
      'Messages/c897870239797215299/channel.json': `{"id": 897870239797215299, "type": ${type}${guild}}`,
      'Messages/c897870239797215299/messages.json':
        '[{"ID": 897870239797215243, "Timestamp": "2021-10-13 15:35:46", "Contents": "Lantern"}]',
    });

    const { posts } = await readAll(discord, archive);

    assert.deepEqual(
      posts.map((post) => [post.id, post.thread, post.visibility, post.url]),
      [
        [
          '897870239797215243',
          '897870239797215299',
          visibility,
          `https://discord.com/channels/${visibility === 'private' ? '@me' : '700700700700700701'}/897870239797215299/897870239797215243`,
        ],
      ],
    );
  });
}

const savedMessage = (id: string, author: object) => ({
  id,
  type: 'Default',
  timestamp: '2023-04-24T10:02:00.5+02:00',
  content: `Words ${id}`,
  author: { isBot: false, ...author },
});
const savedChannel = (...messages: readonly object[]) =>
  inMemory({
    'a.json': JSON.stringify({ guild: { id: '0' }, channel: { id: '8', type: 'DirectTextChat' }, messages }),
  });

test('in a saved channel the owner is known by id, whatever the names', async () => {
  const archive = savedChannel(
    savedMessage('1', { id: '300100200300400500', name: 'then', nickname: 'Then' }),
    savedMessage('2', { id: '300100200300400500', name: 'now', nickname: 'Now' }),
    savedMessage('3', { id: '300100200300400599', name: 'other', nickname: 'Now' }),
    savedMessage('4', { id: '0', name: 'Deleted User', nickname: 'Deleted User' }),
  );

  const { posts } = await readAll(discord, archive, ['300100200300400500']);

  assert.deepEqual(
    posts.map(({ id, mine, time }) => [id, mine, time]),
    [
      ['1', true, '2023-04-24T08:02:00.500Z'],
      ['2', true, '2023-04-24T08:02:00.500Z'],
      ['3', false, '2023-04-24T08:02:00.500Z'],
      ['4', false, '2023-04-24T08:02:00.500Z'],
    ],
  );
});

test('a saved channel beside the package is of the package’s owner', async () => {
  const channel = savedMessage('1', { id: '300100200300400500', name: 'whoever' });
  const saved = JSON.stringify({ guild: { id: '0' }, channel: { id: '8' }, messages: [channel] });

  const { posts } = await readAll(discord, inMemory({ ...files, 'general [897870239797215299].json': saved }));

  assert.equal(posts.find(({ id }) => id === '1')?.mine, true);
});
