import assert from 'node:assert/strict';
import { test } from 'node:test';
import { x } from '../../../src/archive/formats/x.ts';
import { countsOf, type Files, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const files = fixtureFiles('x');
const before2018 = fixtureFiles('x-before-2018');

const wrapped = (inner: Files, folder: string): Files =>
  Object.fromEntries(Object.entries(inner).map(([path, content]) => [`${folder}/${path}`, content]));

const GOLDEN = [
  'mine | 42 | 2018-10-10T20:19:24.000Z | Tea & toast <3, and &lt; is how one writes a bracket https://example.org/toast?a=1&b=2',
  'mine | 42 | 2018-10-10T21:00:00.000Z | How true',
  'mine | 42 | 2018-10-11T08:00:00.000Z | @tobin I would not 🫖 say so',
  'mine | 42 | 2018-10-12T10:00:00.000Z | First, the ink is wet.\n\nSecond, one waits.\n\nThird, it dries.',
  'mine | 42 | 2018-10-13T10:05:00.000Z | A typo, mended',
  'mine | 42 | 2018-10-14T10:00:00.000Z | A long post begins here, and goes on & on about lamps, wicks and oil, until the ordinary length of a post is reached and somewhere in the middle of a sentence it does not stop, but says what it meant: see https://example.org/lamps & more.',
  'mine | 42 | 2018-10-14T10:00:00.000Z | Written in the same second as the long one',
  'mine | 42 | 2018-10-15T13:00:00.000Z | Well said!',
  'mine | 42 | null | Of a year before there were any',
  'mine | 42 | 2010-11-04T01:43:01.809Z | The number knows the time',
  'mine | 42 | 2018-10-16T10:00:00.000Z | My answer',
  'mine | 42 | 2018-10-17T10:00:00.000Z | To those who mend kettles',
  'mine | 42 | 2024-02-03T04:05:06.000Z | They burn.\n\nThey go out.',
  'theirs | 99 | 2020-05-01T10:00:00.123Z | Are you there?',
  'mine | 42 | 2020-05-01T10:01:00.000Z | Yes, see https://example.org/key',
];

test('an archive since 2018: long posts whole, edits at their last, threads joined, links as they were meant', async () => {
  const archive = inMemory(files);

  assert.ok(await x.detect(archive));
  assert.deepEqual(await x.owner(archive), ['42', 'mira_example']);
  assert.deepEqual(rowsOf(await readAll(x, archive)), GOLDEN);
});

test('what was left out is counted by rule, and so is a part that the manifest promises', async () => {
  assert.deepEqual(countsOf(await readAll(x, inMemory(files))), {
    'automatic post': 1,
    'deleted posts': 1,
    'earlier version': 1,
    'likes, by others': 1,
    'long text without its post': 1,
    'missing part': 1,
    'no text': 1,
    retweet: 1,
    'shared by a button': 1,
    'system line': 1,
    unreadable: 1,
  });
});

test('files are known by what they assign to, in any folder and under any name', async () => {
  const renamed = Object.fromEntries(
    Object.values(files).map((content, index) => [`Mein Archiv/Daten/${String(index).padStart(2, '0')}.js`, content]),
  );

  assert.ok(await x.detect(inMemory(renamed)));
  assert.deepEqual(rowsOf(await readAll(x, inMemory(renamed))).toSorted(), GOLDEN.toSorted());
});

test('messages are private and keep the other side as context; public posts are public; answers name what they answer', async () => {
  const { posts } = await readAll(x, inMemory(files));

  assert.deepEqual(
    posts.filter(({ visibility }) => visibility === 'private').map(({ id, kind, thread }) => [id, kind, thread]),
    [
      ['dm-901', 'message', '42-99'],
      ['dm-902', 'message', '42-99'],
    ],
  );
  assert.deepEqual(
    posts.filter(({ inReplyTo }) => inReplyTo).map(({ id, inReplyTo }) => [id, inReplyTo]),
    [['1600000000000000004', '1500000000000000009']],
  );
  assert.equal(posts[0]?.url, 'https://x.com/mira_example/status/1600000000000000001');
});

test('an archive from before 2018 is read by month', async () => {
  const archive = inMemory(wrapped(before2018, 'archive'));

  assert.ok(await x.detect(archive));
  assert.deepEqual(await x.owner(archive), ['42', 'mira_example']);
  assert.deepEqual(rowsOf(await readAll(x, archive)), [
    'mine | 42 | 2013-05-23T18:23:05.000Z | Old words http://example.org/old',
    'mine | 42 | 2013-05-25T09:30:00.000Z | Never',
  ]);
});

test('its CSV alone will do', async () => {
  const archive = inMemory({ 'tweets.csv': before2018['tweets.csv']! });

  assert.ok(await x.detect(archive));
  assert.deepEqual(rowsOf(await readAll(x, archive)), [
    'mine | owner | 2013-05-23T18:23:05.000Z | Old words http://example.org/old',
    'mine | owner | 2013-05-23T18:24:05.000Z | Two lines,\nand a "quote" & more',
  ]);
});

const OLDER = '[{"id_str":"20000000001","full_text":"As they were","created_at":"Wed Oct 10 20:19:24 +0000 2018"}]';
for (const [path, script] of [
  ['tweet.js', `window.YTD.tweet.part0 = ${OLDER}`],
  ['data/tweet.js', `window.YTD.tweet.part0 = ${OLDER};\n`],
  ['data/tweets.js', `\ufeffwindow.YTD.tweets.part0 =${OLDER.replace('{', '{"tweet":{').replace('}]', '}}]')};`],
] as const) {
  test(`"${script.slice(0, 35)}…" in ${path} is read`, async () => {
    const archive = inMemory({ [path]: script });

    assert.ok(await x.detect(archive));
    assert.deepEqual(rowsOf(await readAll(x, archive)), ['mine | owner | 2018-10-10T20:19:24.000Z | As they were']);
  });
}

const script = (name: string, items: readonly object[]) => `window.YTD.${name}.part0 = ${JSON.stringify(items)}`;
const tweetOf = (id: string, full_text: string, more: object = {}) => ({
  tweet: { id_str: id, full_text, created_at: 'Wed Oct 10 20:19:24 +0000 2018', ...more },
});

test('a tweet is unescaped, and the long text of one is not', async () => {
  const long = `${'So it goes on. '.repeat(20)}In HTML &amp; is a sign`;
  const archive = inMemory({
    'tweets.js': script('tweets', [tweetOf('101', `${long.slice(0, 270)}…`), tweetOf('102', 'Short &amp; escaped')]),
    'note-tweet.js': script('note_tweet', [
      { noteTweet: { createdAt: '2018-10-10T20:19:24.000Z', core: { text: long, urls: [] } } },
    ]),
  });

  assert.deepEqual(
    (await readAll(x, archive)).posts.map(({ text }) => text),
    [long, 'Short & escaped'],
  );
});

test('of an edited tweet the last version is known by whichever of the two lists the archive has', async () => {
  const versions = ['101', '102'];
  const archive = inMemory({
    'tweets.js': script('tweets', [
      tweetOf('101', 'A tpyo', { edit_info: { edit: { editControlInitial: { editTweetIds: versions } } } }),
      tweetOf('102', 'A typo', { edit_info: { edit: { editControlInitial: { editTweetIds: versions } } } }),
    ]),
  });

  const reading = await readAll(x, archive);

  assert.deepEqual([reading.posts.map(({ text }) => text), countsOf(reading)], [['A typo'], { 'earlier version': 1 }]);
});

test('messages of groups are read as those between two are, and of an article the words alone', async () => {
  const message = { id: '1', senderId: '42', text: 'To all', createdAt: '2020-05-01T10:00:00.000Z', urls: [] };
  const blocks = [
    { text: 'Mine.', type: 'unstyled' },
    { text: 'picture', type: 'atomic' },
  ];
  const archive = inMemory({
    'direct-messages-group.js': script('direct_messages_group', [
      { dmConversation: { conversationId: '9', messages: [{ messageCreate: message }] } },
    ]),
    'article.js': script('article', [
      { article: { id: '5', createdAt: '2024-02-03T04:05:06.000Z', content: { blocks } } },
    ]),
  });

  assert.deepEqual(rowsOf(await readAll(x, archive, ['42'])), [
    'mine | owner | 2024-02-03T04:05:06.000Z | Mine.',
    'mine | 42 | 2020-05-01T10:00:00.000Z | To all',
  ]);
});

test('archives of two accounts in one folder are each their owner’s', async () => {
  const of = (id: string, name: string) => ({
    [`${name}/data/account.js`]: script('account', [{ account: { accountId: id, username: name } }]),
    [`${name}/data/tweets.js`]: script('tweets', [
      tweetOf(`${id}2`, `${name} goes on`, { in_reply_to_status_id_str: `${id}1`, in_reply_to_user_id_str: id }),
      tweetOf(`${id}1`, `${name} begins`),
    ]),
  });
  const archive = inMemory({
    ...of('700', 'mira'),
    ...of('800', 'lena'),
    'more/tweets-part1.js': script('tweets', [tweetOf('9001', 'Of no folder')]),
  });

  const { posts } = await readAll(x, archive, await x.owner(archive));

  assert.deepEqual(await x.owner(archive), ['700', 'mira', '800', 'lena']);
  assert.deepEqual(
    posts.map(({ author, text, url }) => [author.name, text, url]),
    [
      ['mira', 'Of no folder', 'https://x.com/mira/status/9001'],
      ['mira', 'mira begins\n\nmira goes on', 'https://x.com/mira/status/7001'],
      ['lena', 'lena begins\n\nlena goes on', 'https://x.com/lena/status/8001'],
    ],
  );
});

test('no posts at all are no error', async () => {
  assert.deepEqual(await readAll(x, inMemory({ 'data/tweets.js': 'window.YTD.tweets.part0 = [ ]' })), {
    posts: [],
    omissions: [],
  });
});

test('a thread that runs in a circle, as only a broken file has it, ends', async () => {
  const tweet = (id: number, parent: number) =>
    `{"tweet":{"id_str":"${id}","full_text":"part ${id}","created_at":"Wed Oct 10 20:19:24 +0000 2018","in_reply_to_status_id_str":"${parent}","in_reply_to_user_id_str":"42"}}`;
  const archive = inMemory({
    'account.js': 'window.YTD.account.part0 = [{"account":{"accountId":"42"}}]',
    'tweets.js': `window.YTD.tweets.part0 = [${tweet(1, 3)},${tweet(2, 1)},${tweet(3, 2)},${tweet(4, 3)},${tweet(5, 5)}]`,
  });

  assert.deepEqual((await readAll(x, archive)).posts.map(({ text }) => text).toSorted(), [
    'part 1\n\npart 2\n\npart 3\n\npart 4',
    'part 5',
  ]);
});

test('a thread of fifty thousand parts is one document, and soon', async () => {
  const tweets = Array.from({ length: 50_000 }, (_, index) => ({
    id_str: String(1000 + index),
    full_text: `part ${index}`,
    created_at: 'Wed Oct 10 20:19:24 +0000 2018',
    ...(index > 0 && { in_reply_to_status_id_str: String(999 + index), in_reply_to_user_id_str: '42' }),
  }));
  const archive = inMemory({
    'account.js': 'window.YTD.account.part0 = [{"account":{"accountId":"42"}}]',
    'tweets.js': `window.YTD.tweets.part0 = ${JSON.stringify(tweets.toReversed())}`,
  });

  const { posts } = await readAll(x, archive);

  assert.equal(posts.length, 1);
  assert.ok(posts[0]?.text.endsWith('\n\npart 49999'));
});

test('a thread beyond all reason is given out in pieces, each with the id of its first part, and nothing of it is lost', async () => {
  const words = 'word '.repeat(60_000); // 300 kB
  const tweets = Array.from({ length: 70 }, (_, index) => ({
    id_str: String(1000 + index),
    full_text: `part ${index} ${words}`,
    created_at: 'Wed Oct 10 20:19:24 +0000 2018',
    ...(index > 0 && { in_reply_to_status_id_str: String(999 + index), in_reply_to_user_id_str: '42' }),
  }));
  const archive = inMemory({
    'account.js': 'window.YTD.account.part0 = [{"account":{"accountId":"42"}}]',
    'tweets.js': `window.YTD.tweets.part0 = ${JSON.stringify(tweets)}`,
  });

  const { posts, omissions } = await readAll(x, archive);

  const parts = posts.map(({ id, text }) => [id, ...(text.match(/part \d+/g) ?? [])]);
  assert.ok(posts.length > 1 && posts.length < 5);
  assert.deepEqual(
    parts.flatMap(([, ...numbers]) => numbers),
    tweets.map((_, index) => `part ${index}`),
  );
  assert.ok(parts.every(([id, first]) => first === `part ${Number(id) - 1000}`));
  assert.deepEqual(omissions, []);
});

test('a thread is given out when it is whole, once, and without its first part where that was deleted', async () => {
  const tweet = (id: number, parent?: number) => ({
    tweet: {
      id_str: String(id),
      full_text: `part ${id}`,
      created_at: 'Wed Oct 10 20:19:24 +0000 2018',
      ...(parent !== undefined && { in_reply_to_status_id_str: String(parent), in_reply_to_user_id_str: '42' }),
    },
  });
  const archive = inMemory({
    'account.js': 'window.YTD.account.part0 = [{"account":{"accountId":"42"}}]',
    'tweets.js': `window.YTD.tweets.part0 = ${JSON.stringify([
      tweet(12, 11),
      tweet(11),
      tweet(5),
      tweet(22, 20),
      tweet(12, 11), // a part that two files have
      tweet(21, 20),
    ])}`,
  });

  const found = await readAll(x, archive);

  assert.deepEqual(
    found.posts.map(({ id, text, thread }) => [id, text, thread]),
    [
      ['11', 'part 11\n\npart 12', '11'],
      ['5', 'part 5', undefined],
      ['21', 'part 21\n\npart 22', '21'],
    ],
  );
  assert.deepEqual(countsOf(found), { 'twice in the archive': 1 });
});

test('damaged archives are omissions or a line for the person, never a crash', async () => {
  await assertSurvives(x, files, [], 60);
  await assertSurvives(x, before2018, [], 40);
});
