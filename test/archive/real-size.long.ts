/** Bad input at its real size: a line of a hundred megabytes, and a chat of a million messages, by the command as it is. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { after, test } from 'node:test';
import { openStore } from '../../src/store/store.ts';

const MOST_RESIDENT = 300_000; // kB
const LONG = 100_000_000; // bytes

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-size-'));
mkdirSync(path.join(home, 'personas'));
cpSync(path.resolve(import.meta.dirname, '../../personas/ambrose'), path.join(home, 'personas/ambrose'), {
  recursive: true,
});
after(() => rmSync(home, { recursive: true }));

/** One file: what stands before, `LONG` bytes of words on one line, and what stands after. */
function* longLine(before: string, after: string): Generator<string> {
  const words = 'a word and another, '.repeat(5000);
  yield before;
  for (let written = 0; written < LONG; written += words.length) yield words;
  yield after;
}

async function added(file: string, pieces: Iterable<string>, flags: readonly string[], most = MOST_RESIDENT) {
  const archive = path.join(home, file);
  await pipeline(Readable.from(pieces), createWriteStream(archive));
  const script = path.join(import.meta.dirname, 'add-and-measure.ts');
  const argv = [script, 'archive', 'add', 'ambrose', archive, '--json', '--verbose', '--include', 'private', ...flags];
  const child = spawn(process.execPath, argv, { env: { ...process.env, EIDOLON_HOME: home } });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.equal(await ended, 0, err.slice(-2000));
  rmSync(archive);
  const resident = Number(/peak resident: (\d+)/.exec(err)?.[1]);
  assert.ok(resident < most, `${resident} kB`);
  const [result] = JSON.parse(out).archives;
  return { result, err };
}

const tweet = (id: number, words: string) =>
  `{"tweet":{"id_str":"${id}","created_at":"Wed Oct 10 20:19:24 +0000 2018","full_text":"${words}`;
const message = (id: number, words: string) =>
  `{"id":${id},"type":"message","date_unixtime":"1614589200","from":"Ambrose","from_id":"user1","text":"${words}`;
const note = (id: number, words: string) =>
  `{"type":"Create","actor":"https://a.example/a","object":{"id":"https://a.example/${id}","type":"Note","to":["as:Public"],"content":"${words}`;
const comment = (id: number, words: string) =>
  `k${id},/r/k/comments/a/b/k${id},2025-05-18 04:35:32 UTC,,k,0,,,"${words}`;
const mail = (id: number, words: string) =>
  `From 1@xxx Thu Apr 16 09:53:04 +0000 2015\nFrom: a@mail.example\nMessage-ID: <${id}@a>\n\n${words}`;
const item = (id: number, words: string) =>
  `<item><dc:creator>ambrose</dc:creator><wp:post_id>${id}</wp:post_id><wp:status>publish</wp:status><wp:post_type>post</wp:post_type><content:encoded><![CDATA[${words}`;
const ITEM_END = ']]></content:encoded></item>\n';
const TELEGRAM = '{"personal_information":{"user_id":1},"chats":{"list":[{"type":"personal_chat","id":2,"messages":[\n';

/** By file: what stands before and after the long line, and how many texts are stored, the long one among them where its beginning is kept. */
const CASES: Readonly<Record<string, readonly [before: string, after: string, posts: number, ...flags: string[]]>> = {
  'tweets.js': [
    `window.YTD.tweets.part0 = [\n${tweet(101, 'First')}"}},\n${tweet(102, '')}`,
    `"}},\n${tweet(103, 'Last')}"}}]`,
    2,
  ],
  'result.json': [`${TELEGRAM}${message(1, 'First')}"},\n${message(2, '')}`, `"},\n${message(3, 'Last')}"}]}]}}`, 2],
  'blog.xml': [
    `<?xml version="1.0"?><rss xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/"><channel><wp:author><wp:author_login>ambrose</wp:author_login></wp:author>\n${item(1, 'First')}${ITEM_END}${item(2, '')}`,
    `${ITEM_END}${item(3, 'Last')}${ITEM_END}</channel></rss>`,
    2,
  ],
  'outbox.json': [
    `{"type":"OrderedCollection","orderedItems":[\n${note(1, 'First')}"}},\n${note(2, '')}`,
    `"}},\n${note(3, 'Last')}"}}]}`,
    2,
  ],
  'comments.csv': [
    `id,permalink,date,ip,subreddit,gildings,link,parent,body,media\n${comment(1, 'First')}",\n${comment(2, '')}`,
    `",\n${comment(3, 'Last')}",\n`,
    2,
  ],
  'posts.csv': ['text\nFirst\n"', '"\nLast\n', 2],
  'posts.jsonl': ['{"text":"First"}\n{"text":"', '"}\n{"text":"Last"}\n', 2],
  'mails.mbox': [`${mail(1, 'First')}\n\n${mail(2, '')}`, `\n\n${mail(3, 'Last')}\n`, 3, '--me', 'a@mail.example'],
  'chat.txt': [
    '31/12/2021, 22:05 - Ambrose: First\n31/12/2021, 22:06 - Ambrose: ',
    '\n31/12/2021, 22:07 - Ambrose: Last\n',
    3,
    '--me',
    'Ambrose',
  ],
};

for (const [file, [before, after, posts, ...flags]] of Object.entries(CASES)) {
  test(`${file}: a line of 100 MB is left out, or its end is, and what stands before and after it is read`, async () => {
    const { result, err } = await added(file, longLine(before, after), flags);

    const store = openStore(path.join(home, 'data/eidolon.db'));
    const rows = await store.db.selectFrom('posts').select('text').where('archive_id', '=', result.id).execute();
    await store.close();
    const texts = rows.map((row) => row.text.replace(/<\/?p>/g, '').trim());
    assert.ok(texts.includes('First') && texts.includes('Last'), texts.map((one) => one.slice(0, 20)).join('|'));
    assert.equal(texts.length, posts);
    assert.ok(posts === 3 || err.split('\n').some((line) => line.includes('unreadable') && line.includes(file)), err);
    for (const one of texts) assert.ok(one.length <= 1 << 20);
  });
}

const MESSAGES = 1_000_000;

function* millionMessages(): Generator<string> {
  yield TELEGRAM.replace('"id":2', '"id":3');
  for (let id = 1; id <= MESSAGES; id += 1000) {
    const some = Array.from({ length: 1000 }, (_, index) => `${message(id + index, `Number ${id + index}`)}"}`);
    yield `${some.join(',\n')}${id + 1000 > MESSAGES ? ']}]}}' : ',\n'}`;
  }
}

test('a chat of a million messages is read whole', async () => {
  const { result } = await added('result.json', millionMessages(), []);

  assert.equal(result.added, MESSAGES);
});

/** Which of a million tweets continues which must be known of all before the first is given out. */
const MOST_OF_A_THREAD = 600_000; // kB

function* millionParts(): Generator<string> {
  yield 'window.YTD.tweets.part0 = [\n';
  for (let part = MESSAGES; part >= 1; part--) {
    const answers = part > 1 ? `"in_reply_to_status_id_str":"${part - 1}","in_reply_to_user_id_str":"42",` : '';
    yield `{"tweet":{"id_str":"${part}","created_at":"Wed Oct 10 20:19:24 +0000 2018",${answers}"full_text":"Number ${part}"}}${part > 1 ? ',\n' : ']'}`;
  }
}

test('a thread of a million tweets on X is read whole, in pieces', async () => {
  const { result } = await added('tweets.js', millionParts(), ['--me', '42'], MOST_OF_A_THREAD);

  const store = openStore(path.join(home, 'data/eidolon.db'));
  const rows = await store.db.selectFrom('posts').select('text').where('archive_id', '=', result.id).execute();
  await store.close();
  assert.equal(rows.length, Math.ceil(MESSAGES / 65_536));
  assert.equal(
    rows.map(({ text }) => text.split('\n\n').length).reduce((sum, parts) => sum + parts),
    MESSAGES,
  );
});
