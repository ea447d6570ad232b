import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { rememberForgotten } from '../../src/archive/forgotten.ts';
import type { Post } from '../../src/archive/post.ts';
import { storePosts } from '../../src/archive/store-posts.ts';
import { type BuiltCorpus, buildCorpora, type CorporaOptions } from '../../src/corpus/build-corpora.ts';
import { readReport } from '../../src/corpus/corpus-report.ts';
import { readCorpus } from '../../src/corpus/read-corpus.ts';
import { readDropped } from '../../src/corpus/read-dropped.ts';
import { loadPersona } from '../../src/persona/load-persona.ts';
import { openStore, type Store } from '../../src/store/store.ts';

const root = mkdtempSync(path.join(tmpdir(), 'corpora-'));
after(() => rmSync(root, { recursive: true }));

const at = (minute: number) => new Date(Date.UTC(2024, 4, 1, 9, minute)).toISOString();
let posted = 0;

function post(text: string, more: Partial<Post> = {}): Post {
  posted++;
  return {
    service: 'x',
    id: String(posted),
    author: { id: 'mira' },
    mine: true,
    time: at(posted),
    text,
    markup: 'plain',
    kind: 'post',
    visibility: 'public',
    ...more,
  };
}

const theirs = (text: string, more: Partial<Post> = {}) =>
  post(text, { mine: false, author: { id: 'oskar' }, ...more });

/** A home with one persona, and a store that holds `posts` as read from one archive for each corpus. */
async function homeWith(corpora: Readonly<Record<string, readonly Post[]>>, settings = '') {
  const home = mkdtempSync(path.join(root, 'home-'));
  const folder = path.join(home, 'personas', 'mira');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'persona.yaml'), `name: mira\nmodel: starter\n${settings}`);
  const store = openStore(':memory:');
  for (const [corpus, posts] of Object.entries(corpora)) {
    const { id: archiveId } = await store.db
      .insertInto('archives')
      .values({
        persona: 'mira',
        corpus,
        format: 'x',
        name: `${corpus}.zip`,
        content_hash: corpus,
        owner: '["mira"]',
        licence: corpus === 'mine' ? null : 'public domain',
        bytes: 1,
        imported_at: at(0),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await storePosts(store, { persona: 'mira', archiveId }, posts);
  }
  return { home, folder, store };
}

async function built(
  { home, folder, store }: { home: string; folder: string; store: Store },
  options: Partial<CorporaOptions> = {},
): Promise<BuiltCorpus[]> {
  return buildCorpora(store, loadPersona(folder), { home, replaces: false, ...options });
}

test('own posts become documents with their origin, the oldest first; what others wrote is never among them', async () => {
  const home = await homeWith({
    mine: [
      post('Moss is patient, I am not.', { id: '9', thread: 't', language: 'en' }),
      post('<p>Rain &amp; more rain today.</p>', { id: '8', markup: 'html', time: at(0) }),
      theirs('Words of another person.', { thread: 't' }),
    ],
  });

  const [corpus] = await built(home);

  const documents = readCorpus(corpus!.file);
  assert.deepEqual(
    documents.map(({ id, text }) => [id, text]),
    [
      ['x:8', 'Rain & more rain today.'],
      ['x:9', 'Moss is patient, I am not.'],
    ],
  );
  assert.deepEqual(
    { ...documents[1], part: 'train' },
    {
      id: 'x:9',
      text: 'Moss is patient, I am not.',
      source: 'x',
      time: documents[1]?.time,
      archive: 'mine.zip',
      thread: 'x:t',
      language: 'en',
      part: 'train',
    },
  );
  assert.doesNotMatch(readFileSync(corpus!.file, 'utf8'), /another person/);
});

test('every drop is counted by its rule, and can be listed with what it repeats', async () => {
  const moss = 'The moss on the northern wall has outlived three gardeners and one very determined goat';
  const home = await homeWith(
    {
      mine: [
        post(moss, { id: 'first' }),
        post(`${moss}!`, { id: 'again' }),
        post(moss.replace('three', 'four'), { id: 'nearly' }),
        post('https://moss.example', { id: 'link' }),
        post('lol ok', { id: 'short' }),
        post('Das ist ja heute wieder ein wunderbares Wetter hier bei uns.', { id: 'german' }),
      ],
    },
    'languages: [en]\n',
  );

  const [corpus] = await built(home);

  assert.equal(corpus?.report.read, 6);
  assert.equal(corpus?.report.documents, 1);
  assert.deepEqual(corpus?.report.dropped, {
    link: 1,
    'too short': 1,
    'other language': 1,
    'exact duplicate': 1,
    'near duplicate': 1,
  });
  const dropped = [...readDropped(path.join(home.home, 'data/corpora/mira/mine.dropped.jsonl'))];
  assert.deepEqual(
    dropped.find(({ id }) => id === 'x:nearly'),
    { id: 'x:nearly', rule: 'near duplicate', text: moss.replace('three', 'four'), like: 'x:first' },
  );
});

test('a reply keeps what it answers as context, in a corpus of its own', async () => {
  const home = await homeWith({
    mine: [
      theirs('Write me at oskar@post.example: is moss a plant?', { id: 'question' }),
      post('It is a plant and a way of life.', { id: 'answer', inReplyTo: 'question' }),
      post('Nobody asked me about lichen today.', { id: 'alone' }),
    ],
  });

  const corpora = await built(home);

  assert.deepEqual(
    corpora.map(({ report }) => [report.corpus, report.documents]),
    [
      ['mine', 2],
      ['conversations', 1],
    ],
  );
  const [pair] = readCorpus(corpora[1]!.file);
  assert.equal(pair?.text, 'It is a plant and a way of life.');
  assert.deepEqual(pair?.context, [{ by: 'another', text: 'Write me at …: is moss a plant?' }]);
  assert.ok(readCorpus(corpora[0]!.file).every(({ context }) => context === undefined));
});

test('what was sent in several messages is one text, and a long silence begins another conversation', async () => {
  const chat = { kind: 'message', thread: 'chat', visibility: 'private' } as const;
  const message = (minute: number, text: string, mine = true) =>
    mine ? post(text, { ...chat, time: at(minute) }) : theirs(text, { ...chat, time: at(minute) });
  const home = await homeWith({
    mine: [
      message(0, 'are you coming to see the moss', false),
      message(1, 'I am on my way'),
      message(2, 'but the rain is in it too'),
      message(900, 'good morning to you and the moss'),
    ],
  });

  const [mine, conversations] = await built(home);

  const documents = readCorpus(mine!.file);
  assert.deepEqual(
    documents.map(({ text }) => text),
    ['I am on my way\nbut the rain is in it too', 'good morning to you and the moss'],
  );
  assert.equal(documents[0]?.posts?.length, 2);
  assert.notEqual(documents[0]?.thread, documents[1]?.thread);
  assert.deepEqual(
    readCorpus(conversations!.file).map(({ context }) => context),
    [[{ by: 'another', text: 'are you coming to see the moss' }]],
  );
});

test('another author’s texts are a corpus of their own, with owner and licence', async () => {
  const home = await homeWith({
    mine: [post('Moss is patient, I am not.')],
    bierce: [post('ACCORD, n. Harmony among mosses.', { service: 'epub' })],
  });

  const corpora = await built(home, { corpus: 'bierce' });

  assert.equal(corpora.length, 1);
  assert.equal(corpora[0]?.file, path.join(home.folder, 'corpora', 'bierce.jsonl'));
  assert.deepEqual([corpora[0]?.report.owner, corpora[0]?.report.licence], [['mira'], 'public domain']);
  assert.ok(!existsSync(path.join(home.folder, 'corpus.jsonl')));
});

test('a book is many documents, of which some are held out; all keep the name of what they are cut from', async () => {
  const chapter = (n: number) =>
    `Chapter ${n}. ${Array.from({ length: 500 }, (_, at) => (n * 7919 + at ** 3).toString(36)).join(' ')}`;
  const book = Array.from({ length: 120 }, (_, n) => chapter(n)).join('\n\n');
  const home = await homeWith({ bierce: [post(book, { service: 'text', id: 'devil', kind: 'article', time: null })] });

  const [corpus] = await built(home);

  const { train, validation, test: held } = corpus!.report.parts;
  assert.ok(train.documents > 80 && validation.documents > 0 && held.documents > 0);
  const documents = readCorpus(corpus!.file);
  assert.deepEqual(
    documents.slice(0, 2).map(({ id }) => id),
    ['text:devil#1', 'text:devil#2'],
  );
  assert.ok(documents.every(({ posts }) => posts?.[0] === 'text:devil'));
});

test('built twice of the same posts, it is the same to the byte', async () => {
  const home = await homeWith({
    mine: Array.from({ length: 60 }, (_, n) => post(`Post number ${n} is about moss ${n ** 5}`)),
  });

  const [first] = await built(home);
  const before = readFileSync(first!.file, 'utf8');
  const [second] = await built(home);

  assert.equal(readFileSync(second!.file, 'utf8'), before);
  assert.deepEqual(second?.report, first?.report);
});

test('for other trainers the texts alone are written, and only those to train on into the file for training', async () => {
  const home = await homeWith({
    mine: [
      theirs('Is moss a plant?', { id: 'question' }),
      post('He said "moss",\n\nand left me there.', { id: 'q', time: at(-9), inReplyTo: 'question' }),
      ...Array.from({ length: 30 }, (_, n) => post(`Post number ${n} is about moss ${n ** 5}`)),
    ],
  });
  const read = (name: string) => readFileSync(path.join(home.home, 'data/corpora/mira', name), 'utf8');

  const [mine, conversations] = await built(home, { format: 'txt' });
  await built(home, { format: 'csv' });
  await built(home, { format: 'jsonl' });

  const { train, validation, test: held } = mine!.report.parts;
  assert.deepEqual(
    mine!.copies.map(({ file, part, documents }) => [path.basename(file), part, documents]),
    [
      ['mine.train.txt', 'train', train.documents],
      ['mine.validation.txt', 'validation', validation.documents],
      ['mine.test.txt', 'test', held.documents],
    ],
  );
  assert.deepEqual(conversations?.copies, []);
  assert.ok(
    read('mine.train.txt').startsWith(
      '<|startoftext|>He said "moss",\n\nand left me there.<|endoftext|>\n<|startoftext|>Post number 0 is about moss 0<|endoftext|>\n',
    ),
  );
  assert.ok(
    read('mine.train.csv').startsWith(
      'text\r\n"He said ""moss"",\n\nand left me there."\r\nPost number 0 is about moss 0\r\n',
    ),
  );
  assert.deepEqual(
    read('mine.train.jsonl')
      .split('\n')
      .slice(0, 2)
      .map((line) => JSON.parse(line)),
    [{ text: 'He said "moss",\n\nand left me there.' }, { text: 'Post number 0 is about moss 0' }],
  );
  assert.match(read('mine.test.jsonl'), /Post number 29/);
  assert.doesNotMatch(read('mine.train.txt'), /Post number 29|a plant\?/);
});

test('copies for other trainers stay the same as the corpus, also where a build asks for none', async () => {
  const home = await homeWith({
    mine: [post('Moss is patient, I am not.', { id: 'old' }), post('Lichen is two, and neither knows it.')],
  });
  await built(home, { format: 'txt' });
  await home.store.db.deleteFrom('posts').where('text', 'like', 'Moss%').execute();

  await built(home);

  const files = readdirSync(path.join(home.home, 'data/corpora/mira')).filter((name) => name.endsWith('.txt'));
  const texts = files.map((name) => readFileSync(path.join(home.home, 'data/corpora/mira', name), 'utf8')).join('');
  assert.match(texts, /Lichen/);
  assert.doesNotMatch(texts, /Moss/);
});

test('a mark that stands in a text does not end it for other trainers', async () => {
  const home = await homeWith({ mine: [post('They write <|endoftext|> when they are done with us.')] });

  const [corpus] = await built(home, { format: 'txt' });

  assert.equal(
    readFileSync(corpus!.copies[0]!.file, 'utf8'),
    '<|startoftext|>They write  when they are done with us.<|endoftext|>\n',
  );
});

test('a corpus that somebody wrote is not overwritten unasked', async () => {
  const home = await homeWith({ mine: [post('Moss is patient, I am not.')] });
  const file = path.join(home.folder, 'corpus.jsonl');
  writeFileSync(file, '{"text":"By hand."}\n');

  await assert.rejects(built(home), {
    name: 'UserError',
    message: /corpus\.jsonl: expected a corpus that corpus build wrote/,
  });
  assert.equal(readFileSync(file, 'utf8'), '{"text":"By hand."}\n');
  await built(home, { replaces: true });

  assert.equal(readCorpus(file)[0]?.text, 'Moss is patient, I am not.');
});

test('without posts, or of a corpus that is not there, the person is told what to do', async () => {
  await assert.rejects(built(await homeWith({})), { name: 'UserError', hint: /eidolon archive add mira PATH/ });
  const home = await homeWith({ mine: [post('Moss is patient, I am not.')] });
  await assert.rejects(built(home, { corpus: 'bierce' }), { name: 'UserError', message: /mine; found "bierce"/ });
});

test('conversations go when nothing is answered any more, and those that somebody wrote are neither deleted nor overwritten', async () => {
  const [question, alone] = [theirs('Is moss a plant?', { id: 'q' }), post('Nobody asked me about lichen today.')];
  const home = await homeWith({ mine: [question, post('It is a way of life.', { id: 'a', inReplyTo: 'q' }), alone] });
  const conversations = path.join(home.folder, 'corpora', 'conversations.jsonl');
  const file = path.join(home.folder, 'corpus.jsonl');
  const byHand = '{"text":"By hand.","context":[{"by":"another","text":"How?"}]}\n';
  const read = () => (existsSync(conversations) ? readFileSync(conversations, 'utf8') : undefined);

  mkdirSync(path.dirname(conversations), { recursive: true });
  writeFileSync(conversations, byHand);
  await assert.rejects(built(home), { message: /conversations\.jsonl: expected a corpus that corpus build wrote/ });
  assert.deepEqual([read(), existsSync(file)], [byHand, false], 'nothing is built by halves');
  await built(home, { replaces: true });
  assert.match(read() ?? '', /way of life/);

  await home.store.db.deleteFrom('posts').where('post_id', '=', 'q').execute();
  await built(home);
  assert.equal(read(), undefined);
  assert.deepEqual(readdirSync(path.dirname(conversations)), []);

  writeFileSync(conversations, byHand);
  await built(home);
  assert.equal(read(), byHand);
});

test('what is to be forgotten is left out though it is in the store: by its name, by its words, and of several messages', async () => {
  const message = (id: string, text: string, minute: number) =>
    post(text, { id, kind: 'message', thread: 'chat', visibility: 'private', time: at(minute) });
  const home = await homeWith({
    mine: [
      post('The first one is about moss.', { id: 'named' }),
      post('<p>The SECOND one, about &quot;rain&quot;!</p>', { id: 'worded', markup: 'html' }),
      message('m1', 'I never said that', 0),
      message('m2', 'nor did anybody else', 1),
      post('The last one stays where it is.', { id: 'stays' }),
    ],
  });
  const forgotten = [
    { service: 'x', id: 'named', text: 'whatever it was' },
    { service: '', id: '', text: 'the second one about rain' },
    { service: 'x', id: 'm2', text: '' },
  ];
  await rememberForgotten(home.store, 'mira', forgotten, new Date(0));

  const [corpus] = await built(home);

  assert.deepEqual(
    readCorpus(corpus!.file).map(({ id }) => id),
    ['x:stays'],
  );
  assert.doesNotMatch(readFileSync(path.join(home.home, 'data/corpora/mira/mine.dropped.jsonl'), 'utf8'), /moss|rain/);
});

test('a line that many texts end in goes, and what is left of a text is judged again', async () => {
  const SIGNED = '\n\nMy blog is all about moss';
  const texts = ['the walls', 'the rivers', 'the weather', 'the gardeners', 'the goat'];
  const home = await homeWith({
    mine: [
      ...texts.map((text) => post(`Today I have written about ${text} again.${SIGNED}`)),
      post(`Hello${SIGNED}`, { id: 'hello' }),
      post('One line, and no more than that.'),
    ],
  });

  const [corpus] = await built(home);

  assert.doesNotMatch(readFileSync(corpus!.file, 'utf8'), /My blog|Hello/);
  assert.deepEqual([corpus!.report.documents, corpus!.report.changed], [6, { 'repeated line': 5 }]);
  assert.deepEqual(corpus!.report.dropped, { 'too short': 1 });
  const [dropped] = [...readDropped(path.join(home.home, 'data/corpora/mira/mine.dropped.jsonl'))];
  assert.deepEqual(dropped, { id: 'x:hello', rule: 'too short', text: 'Hello' });
});

test('in whichever order archives were read, the corpus is the same to the byte, and so are the hashes of its parts', async () => {
  const texts = (count: number, more: Partial<Post>) =>
    Array.from({ length: count }, (_, n) =>
      post(`Post number ${n % 37} of ${more.service} is about moss ${(n % 37) ** 5}`, {
        id: `${n % 41}0${n}`,
        ...more,
      }),
    );
  const archives = [
    texts(60, { service: 'x', time: at(7) }),
    texts(60, { service: 'mastodon', time: null }),
    texts(40, { service: 'x', time: at(3), thread: 't' }).map((one) => ({ ...one, id: `t${one.id}` })),
  ];
  const parts = [];
  for (const order of [archives, archives.toReversed().map((posts) => posts.toReversed())]) {
    const home = await homeWith({ mine: order.flat() });
    const [corpus] = await built(home);
    parts.push({ bytes: readFileSync(corpus!.file, 'utf8'), ...corpus!.report.parts });
  }

  assert.deepEqual(parts[1], parts[0]);
});

test('what is held out of a persona’s texts is held out of its conversations', async () => {
  const home = await homeWith({
    mine: Array.from({ length: 60 }, (_, n) => [
      theirs(`Question number ${n ** 5}?`, { id: `q${n}` }),
      post(`My answer to it is ${n ** 7}.`, { id: `a${n}`, inReplyTo: `q${n}` }),
    ]).flat(),
  });

  const [mine, conversations] = await built(home);

  const partsOf = (corpus: BuiltCorpus) => readCorpus(corpus.file).map(({ id, part }) => [id, part]);
  assert.deepEqual(partsOf(conversations!), partsOf(mine!));
  assert.ok(partsOf(mine!).some(([, part]) => part === 'test'));
});

test('of each archive the report says how many texts it gave, and what was left out when it was read', async () => {
  const home = await homeWith({ mine: [post('Moss is patient, I am not.')], bierce: [post('ACCORD, n. Harmony.')] });
  const omissions = { retweet: 60, private: 1 };
  await home.store.db
    .updateTable('archives')
    .set({ omissions: JSON.stringify(omissions) })
    .where('corpus', '=', 'mine')
    .execute();

  const [bierce, mine] = await built(home);

  assert.deepEqual(mine?.report.archives, [{ name: 'mine.zip', format: 'x', texts: 1, leftOut: omissions }]);
  assert.deepEqual(bierce?.report.archives, [{ name: 'bierce.zip', format: 'x', texts: 1 }]);
  const file = path.join(home.folder, 'corpus.report.json');
  assert.deepEqual(readReport(file)?.archives, mine?.report.archives);
});
