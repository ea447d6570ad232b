import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reddit } from '../../../src/archive/formats/reddit.ts';
import { countsOf, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';
import { assertSurvives } from '../mutated.ts';

const files = fixtureFiles('reddit');

test('own comments, posts and messages, unescaped once and without what they quote', async () => {
  const archive = inMemory(files);

  assert.ok(await reddit.detect(archive));
  assert.deepEqual(await reddit.owner(archive), ['mira_quill']);
  assert.deepEqual(rowsOf(await readAll(reddit, archive)), [
    'theirs | orla_finch | 2024-03-01T10:00:00.000Z | And now?',
    'mine | mira_quill | 2024-03-01T10:01:00.000Z | Still not.',
    'mine | mira_quill | 2025-05-18T04:35:32.000Z | Tea & toast <3, and &lt; is a bracket.\n\nMy *answer*, with a "quote".\n\n>!hidden, yet mine!<',
    'mine | mira_quill | 2025-05-18T05:00:00.000Z | Agreed.',
    'mine | mira_quill | 2025-05-18T07:00:00.000Z | ```\n> a prompt in code\n```\n \nRun it.',
    'theirs | orla_finch | 2024-02-01T10:00:00.000Z | Is it for sale?',
    'mine | Mira_Quill | 2024-02-01T11:00:00.000Z | It is not.',
    'mine | mira_quill | 2024-01-02T03:04:05.000Z | It sings.',
    'mine | mira_quill | 2024-01-03T03:04:05.000Z | Why does it not sing?',
    'mine | mira_quill | 2024-01-06T03:04:05.000Z | I painted my lamp',
  ]);
});

test('what was deleted, is by others, or has no words is counted', async () => {
  assert.deepEqual(countsOf(await readAll(reddit, inMemory(files))), {
    crosspost: 1,
    deleted: 3,
    'headers without text': 1,
    link: 1,
    'no text': 1,
  });
});

for (const gone of ['[deleted]', '[removed]', '[ Removed by Reddit ]', '[deleted by user]']) {
  test(`"${gone}" is nobody’s text`, async () => {
    const comments = `id,permalink,date,ip,subreddit,gildings,link,parent,body,media\nk1,/r/k/comments/a/b/k1,2025-05-18 04:35:32 UTC,,k,0,,,${gone},\n`;
    const posts = `id,permalink,date,ip,subreddit,gildings,title,url,body\np1,/r/k/comments/p1/,2025-05-18 04:35:32 UTC,,k,0,A title,,${gone}\np2,/r/k/comments/p2/,2025-05-18 04:35:32 UTC,,k,0,${gone},,\n`;

    const reading = await readAll(reddit, inMemory({ 'comments.csv': comments, 'posts.csv': posts }));

    assert.deepEqual([reading.posts, countsOf(reading)], [[], { deleted: 3 }]);
  });
}

test('a message that nobody signed is Reddit’s own', async () => {
  const messages =
    'id,permalink,thread_id,date,ip,from,to,subject,body\nm1,,m1,2024-02-01 10:00:00 UTC,,,mira,Hello,Welcome!\n';

  const reading = await readAll(reddit, inMemory({ 'messages.csv': messages, 'posts.csv': files['posts.csv']! }), [
    'mira',
  ]);

  assert.equal(countsOf(reading)['system line'], 1);
  assert.ok(reading.posts.every(({ kind }) => kind === 'post'));
});

test('no network address is passed on', async () => {
  assert.doesNotMatch(JSON.stringify(await readAll(reddit, inMemory(files))), /192\.0\.2/);
});

test('threads and what is answered are named as Reddit names them', async () => {
  const { posts } = await readAll(reddit, inMemory(files));

  assert.deepEqual(
    posts.map(({ id, thread, inReplyTo, visibility }) => [id, thread, inReplyTo, visibility]),
    [
      ['chat-c1', 'https://chat.example/1', undefined, 'private'],
      ['chat-c2', 'https://chat.example/1', 'chat-c1', 'private'],
      ['t1_k1aaaaa', 't3_abc123', 't3_abc123', 'public'],
      ['t1_k1bbbbb', 't3_abc123', 't1_k1zzzzz', 'public'],
      ['t1_k1eeeee', 't3_abc123', 't3_abc123', 'public'],
      ['t4_m1aaaa', 'm1aaaa', undefined, 'private'],
      ['t4_m1bbbb', 'm1aaaa', undefined, 'private'],
      ['t3_p1aaaa', 't3_p1aaaa', undefined, 'public'],
      ['t3_p1bbbb', 't3_p1bbbb', undefined, 'public'],
      ['t3_p1eeee', 't3_p1eeee', undefined, 'public'],
    ],
  );
  assert.equal(posts.find(({ id }) => id === 't3_p1aaaa')?.title, 'My kettle & I');
});

test('the name of the account is taken from the name of the export, and not needed for comments', async () => {
  const { 'comments.csv': comments, 'messages.csv': messages } = files;

  assert.deepEqual(await reddit.owner(inMemory({ 'a/comments.csv': comments! }, 'export_mira_quill_20250601')), [
    'mira_quill',
  ]);
  assert.deepEqual(await reddit.owner(inMemory({ 'comments.csv': comments! })), ['owner']);
  assert.deepEqual(await reddit.owner(inMemory({ 'comments.csv': comments!, 'messages.csv': messages! })), []);
});

test('saved posts and votes alone are no export of words', async () => {
  assert.equal(await reddit.detect(inMemory({ 'saved_posts.csv': files['saved_posts.csv']! })), false);
});

test('damaged tables are omissions or a line for the person, never a crash', async () => {
  await assertSurvives(reddit, files, [], 60);
});
