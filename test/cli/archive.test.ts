import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { archiveCopies, corpusCopies } from '../../src/daemon/composing/copy-cache.ts';
import { openStore, storeFile } from '../../src/store/store.ts';
import { rawZip, zipOf } from '../archive/containers.ts';
import { Terminal } from '../terminal.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');

function homeWith(t: TestContext, files: Readonly<Record<string, string | Buffer>>): string {
  const home = mkdtempSync(path.join(tmpdir(), 'eidolon-home-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  for (const [name, content] of Object.entries({ 'personas/ada/persona.yaml': 'name: ada\nmodel: toy\n', ...files })) {
    mkdirSync(path.dirname(path.join(home, name)), { recursive: true });
    writeFileSync(path.join(home, name), content);
  }
  return home;
}

function eidolon(home: string, ...argv: readonly string[]) {
  const options = { encoding: 'utf8', env: { ...process.env, EIDOLON_HOME: home }, cwd: home } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, 'archive', ...argv], options);
  return { status, stdout, stderr };
}

const LINES = '{"id":"1","text":"Gulls are loud","date":"2024-01-02T03:04:05Z"}\n{"id":"2","text":"The tide is low"}\n';

test('an export is read, listed, and read again without adding anything', async (t) => {
  const home = homeWith(t, { 'posts.zip': await zipOf({ 'export/posts.jsonl': LINES }) });

  const first = eidolon(home, 'add', 'ada', 'posts.zip');
  const second = eidolon(home, 'add', 'ada', 'posts.zip', '--json');
  const list = eidolon(home, 'list', 'ada');

  assert.equal(first.stdout, 'posts.zip, jsonl: 2 new; 2 of yours\n');
  assert.deepEqual([first.status, second.status, list.status], [0, 0, 0]);
  const { archives, failed } = JSON.parse(second.stdout);
  assert.deepEqual([archives.length, archives[0].added, archives[0].posts, archives[0].format], [1, 0, 2, 'jsonl']);
  assert.deepEqual(failed, []);
  assert.match(list.stdout, /^ada +mine +jsonl +posts\.zip +2 +0 +2024-01-02 to 2024-01-02/m);
});

test('what cannot be read is named with its file and place, and the rest is read', (t) => {
  const home = homeWith(t, { 'posts.jsonl': `${LINES}{"text": broken\n{"id":"3","text":"After it"}\n{\n` });

  const { status, stdout } = eidolon(home, 'add', 'ada', 'posts.jsonl');

  assert.equal(status, 0);
  assert.equal(
    stdout,
    'posts.jsonl, jsonl: 3 new; 3 of yours\n  left out: 2 unreadable\n  unreadable: posts.jsonl:3, and 1 more (--verbose names them)\n',
  );
});

test('who the owner is must be said where the export does not say, and the candidates are named', (t) => {
  const home = homeWith(t, { 'chat.csv': 'text,sender\nHello,Ada\nHi,Bob\nAgain,Ada\n' });

  const asked = eidolon(home, 'add', 'ada', 'chat.csv');
  const said = eidolon(home, 'add', 'ada', 'chat.csv', '--me', 'ADA');

  assert.equal(asked.status, 1);
  assert.match(
    asked.stderr,
    /chat\.csv \(csv\): expected to be told who you are in it: its authors are Ada, Bob\n {2}Say .*--me/,
  );
  assert.match(said.stdout, /2 new; 2 of yours/);
});

test('of a blog with several authors these are named, and who is none of them is told so', (t) => {
  const blog = path.resolve(import.meta.dirname, '../archive/fixtures/wordpress');
  const home = homeWith(t, {});

  const asked = eidolon(home, 'add', 'ada', blog);
  const wrong = eidolon(home, 'add', 'ada', blog, '--me', 'nobody');
  const right = eidolon(home, 'add', 'ada', blog, '--me', 'mira');

  assert.match(asked.stderr, /expected to be told who you are in it: its authors are mira, orla\n/);
  assert.match(wrong.stdout, /0 of yours\n[\s\S]*nothing in it is yours: was it read for the right --me\?/);
  assert.match(right.stdout, /; [1-9]\d* of yours/);
});

test('another author’s texts make a corpus of their own, with their licence', (t) => {
  const home = homeWith(t, { 'gulls.txt': 'Gulls, all of them.' });

  eidolon(home, 'add', 'ada', 'gulls.txt', '--author', 'Agnès Day', '--licence', 'public domain');

  const [archive] = JSON.parse(eidolon(home, 'list', '--json').stdout);
  assert.deepEqual([archive.corpus, archive.licence, archive.owner[0]], ['agnes-day', 'public domain', 'Agnès Day']);
});

test('an author cannot be called as the persona’s own corpora are, and one’s own texts may have a licence too', (t) => {
  const home = homeWith(t, { 'gulls.txt': 'Gulls, all of them.' });

  const refused = eidolon(home, 'add', 'ada', 'gulls.txt', '--author', 'Conversations');
  eidolon(home, 'add', 'ada', 'gulls.txt');
  eidolon(home, 'add', 'ada', 'gulls.txt', '--licence', 'CC BY 4.0');

  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /--author: expected a name .* found "Conversations"/);
  const archives = JSON.parse(eidolon(home, 'list', '--json').stdout);
  assert.deepEqual(
    archives.map(({ corpus, licence }: { corpus: string; licence: string }) => [corpus, licence]),
    [['mine', 'CC BY 4.0']],
  );
});

test('a zone that there is not is refused', (t) => {
  const home = homeWith(t, { 'gulls.txt': 'Gulls, all of them.' });

  const { status, stderr } = eidolon(home, 'add', 'ada', 'gulls.txt', '--zone', 'Berlin');

  assert.notEqual(status, 0);
  assert.match(stderr, /--zone.*'Berlin'.*expected the name of a time zone, such as Europe\/Berlin/);
});

test('of a chat’s dates and clock a person says the order and the zone', (t) => {
  const home = homeWith(t, { 'chat.txt': '3/4/21, 22:05 - Ada: hello\n3/5/21, 22:05 - Ada: hello again\n' });
  const flags = ['--me', 'Ada', '--include', 'private', '--dates', 'month-first', '--zone', 'Europe/Berlin', '--json'];

  const { stdout } = eidolon(home, 'add', 'ada', 'chat.txt', ...flags);

  const [archive] = JSON.parse(stdout).archives;
  assert.deepEqual([archive.from, archive.to], ['2021-03-04T21:05:00.000Z', '2021-03-05T21:05:00.000Z']);
});

test('several exports in a folder are read one by one, and one that is broken does not stop the others', async (t) => {
  const home = homeWith(t, {
    'drop/a.zip': await zipOf({ 'result.json': CHAT }),
    'drop/b.zip': rawZip([{ name: '../evil.txt', content: 'x' }]),
    'drop/note.txt': 'beside exports, a text is not mine',
  });

  const { status, stdout, stderr } = eidolon(
    home,
    'add',
    'ada',
    'drop',
    '--me',
    'Ada',
    '--include',
    'private',
    '--json',
  );

  const { archives, failed } = JSON.parse(stdout);
  assert.deepEqual([archives.length, archives[0].format, archives[0].mine], [1, 'telegram', 1]);
  assert.match(failed[0].error, /b\.zip, \.\.\/evil\.txt: refused/);
  assert.equal(status, 1);
  assert.match(stderr, /b\.zip, \.\.\/evil\.txt: refused/);
});

const CHAT = JSON.stringify({
  name: 'Bob',
  type: 'personal_chat',
  id: 5,
  messages: [
    {
      id: 1,
      type: 'message',
      date: '2024-01-02T03:04:05',
      date_unixtime: '1704164645',
      from: 'Ada',
      from_id: 'user1',
      text: 'Low tide',
    },
    {
      id: 2,
      type: 'message',
      date: '2024-01-02T03:05:05',
      date_unixtime: '1704164705',
      from: 'Bob',
      from_id: 'user2',
      text: 'Yes',
    },
  ],
});

test('what is no export is refused with what was looked for and what is there', async (t) => {
  const home = homeWith(t, { 'x.zip': await zipOf({ 'some/data.bin': 'x' }) });

  const { status, stderr } = eidolon(home, 'add', 'ada', 'x.zip');

  assert.equal(status, 1);
  assert.match(stderr, /x\.zip: expected an export or texts \(.*telegram.*epub.*\), found some\/data\.bin\n/);
});

test('an import that is killed goes on with the same command, and nothing is lost or doubled', async (t) => {
  const lines = Array.from({ length: 8000 }, (_, index) => `{"id":"${index}","text":"This is text number ${index}"}`);
  const home = homeWith(t, { 'posts.jsonl': lines.with(5000, 'broken').join('\n') });
  const child = spawn(process.execPath, [BIN, 'archive', 'add', 'ada', 'posts.jsonl', '--verbose'], {
    env: { ...process.env, EIDOLON_HOME: home },
    cwd: home,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  await once(child.stderr, 'data'); // the broken line: two batches are in the store

  child.kill('SIGKILL');
  await ended;

  const [unfinished] = JSON.parse(eidolon(home, 'list', '--json').stdout);
  assert.equal(unfinished.isFinished, false);
  assert.ok(unfinished.posts >= 4000 && unfinished.posts < 7999, String(unfinished.posts));
  const { stdout } = eidolon(home, 'add', 'ada', 'posts.jsonl');
  assert.match(
    stdout,
    new RegExp(`: ${number(7999 - unfinished.posts)} new, ${number(unfinished.posts)} known before; 7,999 of yours`),
  );
});

test('at a terminal it asks who the owner is, and a number stands for one of those who are suggested', async (t) => {
  const home = homeWith(t, { 'chat.csv': 'text,sender\nHello,Ada\nHi,Bob\nAgain,Ada\n' });
  const terminal = new Terminal([process.execPath, BIN, 'archive', 'add', 'ada', 'chat.csv'], {
    columns: 120,
    cwd: home,
    env: { EIDOLON_HOME: home },
  });
  t.after(() => terminal.kill('SIGKILL'));

  const asked = await terminal.shows(/Number, or names with commas between:/);
  terminal.type('1\r');
  const { exitCode } = await terminal.exit;

  assert.match(asked, /chat\.csv \(csv\) does not say whose it is\. Who are you in it\?\n {2}1 {2}Ada\n {2}2 {2}Bob\n/);
  assert.equal(exitCode, 0);
  assert.match(terminal.screen, /2 new; 2 of yours/);
  assert.deepEqual(JSON.parse(eidolon(home, 'list', '--json').stdout)[0].owner, ['Ada']);
});

test('left at the question who the owner is, by Ctrl-C or without an answer, nothing is read, and the flag that answers it is named', async (t) => {
  for (const key of ['\u0003', '\u0004', '\r']) {
    const home = homeWith(t, { 'chat.csv': 'text,sender\nHello,Ada\nHi,Bob\n' });
    const terminal = new Terminal([process.execPath, BIN, 'archive', 'add', 'ada', 'chat.csv'], {
      cwd: home,
      env: { EIDOLON_HOME: home },
    });
    t.after(() => terminal.kill('SIGKILL'));

    await terminal.shows(/Number, or names with commas between:/);
    terminal.type(key);
    const { exitCode } = await terminal.exit;

    assert.equal(exitCode, 1);
    assert.match(terminal.screen, /--me NAME/);
    assert.equal(eidolon(home, 'list', '--json').stdout, '[]\n');
  }
});

test('Ctrl-C ends an import after the batch at hand, says how it goes on, and the same command reads the rest', async (t) => {
  const lines = Array.from({ length: 40_000 }, (_, index) => `{"id":"${index}","text":"This is text number ${index}"}`);
  const home = homeWith(t, { 'posts.jsonl': lines.with(2000, 'broken').join('\n') });
  const child = spawn(process.execPath, [BIN, 'archive', 'add', 'ada', 'posts.jsonl', '--verbose', '--json'], {
    env: { ...process.env, EIDOLON_HOME: home },
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, errors] = [text(child.stdout), text(child.stderr)];
  const ended = once(child, 'exit');
  await once(child.stderr, 'data'); // the broken line: the first batches are in the store

  child.kill('SIGINT');
  const [code] = await ended;

  const [stopped] = JSON.parse(await said).archives;
  assert.equal(code, 0);
  assert.match(await errors, /Stopped; what was read is kept, and the same command goes on\./);
  assert.ok(!stopped.isFinished && stopped.posts > 0 && stopped.posts < 39_999, String(stopped.posts));
  const [whole] = JSON.parse(eidolon(home, 'add', 'ada', 'posts.jsonl', '--json').stdout).archives;
  assert.deepEqual([whole.posts, whole.added, whole.isFinished], [39_999, 39_999 - stopped.posts, true]);
});

test('a regretted post goes from archive, corpus and queue, stays out, and the models that know it are named', async (t) => {
  const home = homeWith(t, {
    'posts.jsonl': LINES,
    'personas/ada/corpus.jsonl': `{"id":"a","text":"Gulls are loud!"}\n{"id":"b","text":"The tide is low"}\n`,
    'models/ada/run.json': '{"parent":"starter"}',
    'models/grandchild/run.json': '{"parent":"ada"}',
    'models/starter/run.json': '{}',
    'models/ada-8bit/config.json': '{"quantized_from":{"name":"ada","hash":"h"}}',
    'models/starter-8bit/config.json': '{"quantized_from":{"name":"starter","hash":"h"}}',
    'models/ada-2/run.json': '{"source":{"addedAt":"2026-01-02","trained":{"persona":"ada","parent":"starter"}}}',
    'models/notebook/run.json': '{"source":{"addedAt":"2026-01-02"}}',
    'data/runs/ada/2026-01-02-1/plan.json': '{"persona":"ada","base":"starter"}',
    'data/runs/ada/2026-01-02-1/best/config.json': '{}',
    'data/runs/bob/2026-01-02-1/plan.json': '{"persona":"bob","base":"starter"}',
    'data/runs/bob/2026-01-02-1/latest/config.json': '{}',
    'data/runs/bob/2026-01-02-2/plan.json': '{"persona":"bob","base":"ada-2"}',
    'data/runs/bob/2026-01-02-2/latest/config.json': '{}',
    'personas/ada/adapters/1/adapter_config.json': '{}',
    'personas/bob/adapters/1/adapter_config.json': '{}',
  });
  eidolon(home, 'add', 'ada', 'posts.jsonl');
  await addDraft(home, 'gulls are loud');
  await addDraft(home, 'Herons are quiet');

  const forgot = eidolon(home, 'forget', 'ada', 'Gulls are loud', '--json');
  const again = eidolon(home, 'add', 'ada', 'posts.jsonl');

  assert.deepEqual(JSON.parse(forgot.stdout), {
    posts: [{ service: 'jsonl', id: '1', url: null }],
    within: [],
    corpus: { 'corpus.jsonl': 1 },
    drafts: [1],
    published: [],
    underWay: [],
    models: [
      'data/runs/ada/2026-01-02-1',
      'data/runs/bob/2026-01-02-2',
      'models/ada',
      'models/ada-2',
      'models/ada-8bit',
      'models/grandchild',
      'personas/ada/adapters/1',
    ],
    unknown: ['models/notebook'],
    retrain: 'eidolon train ada && eidolon learn ada',
    places: { files: [], rows: { candidates: 1 } },
  });
  assert.equal(
    readFileSync(path.join(home, 'personas/ada/corpus.jsonl'), 'utf8'),
    '{"id":"b","text":"The tide is low"}\n',
  );
  const store = readFileSync(path.join(home, 'data/eidolon.db'), 'latin1');
  assert.match(store, /The tide is low/);
  assert.doesNotMatch(store, /Gulls are loud/); // the draft's words are in small letters
  assert.match(again.stdout, /0 new, 1 known before; 1 of yours\n {2}left out: 1 forgotten/);
  assert.deepEqual(readdirSync(path.join(home, 'personas/ada')).sort(), ['adapters', 'corpus.jsonl', 'persona.yaml']);
});

test('what is to be forgotten goes from every corpus of the persona, from what was left out, and from copies for other trainers; another persona’s stay', (t) => {
  const said = 'Gulls are louder than anybody here admits';
  const other = '{"id":"b","text":"The tide is low and herons stand in it"}\n';
  const answer = (text: string) =>
    `${JSON.stringify({ id: 'c', text: 'I find so too', context: [{ by: 'another', text }] })}\n`;
  const home = homeWith(t, {
    'personas/ada/corpus.jsonl': `{"id":"a","text":"${said}"}\n${other}`,
    'personas/ada/corpora/conversations.jsonl': answer(`So: ${said.toUpperCase()}!`) + answer('Herons?'),
    'personas/ada/corpora/agnes-day.jsonl': `${other}{"id":"d","text":"She wrote that gulls are louder than anybody here admits."}\n`,
    'personas/ada/corpora/letters.txt': `Dear Orla\n\n${said},\nsaid I\n\nYours\n`,
    'personas/bob/corpus.jsonl': `{"id":"a","text":"${said}"}\n`,
    'data/corpora/ada/mine.dropped.jsonl': `{"id":"e","rule":"near duplicate","text":"${said}","like":"a"}\n`,
    'data/corpora/ada/mine.train.txt': `<|startoftext|>${said}<|endoftext|>\n`,
    'data/corpora/bob/mine.train.txt': `<|startoftext|>${said}<|endoftext|>\n`,
  });

  const { stdout } = eidolon(home, 'forget', 'ada', said, '--json');

  const { corpus, places } = JSON.parse(stdout);
  assert.deepEqual(corpus, {
    'agnes-day.jsonl': 1,
    'conversations.jsonl': 1,
    'corpus.jsonl': 1,
    'letters.txt': 1,
    'mine.dropped.jsonl': 1,
  });
  const left = globSync(['personas/ada/**/*.{jsonl,txt}', 'data/corpora/ada/*'], { cwd: home }).sort();
  assert.deepEqual(
    left.map((file) => [file, readFileSync(path.join(home, file), 'utf8')]),
    [
      ['data/corpora/ada/mine.dropped.jsonl', ''],
      ['personas/ada/corpora/agnes-day.jsonl', other],
      ['personas/ada/corpora/conversations.jsonl', answer('Herons?')],
      ['personas/ada/corpora/letters.txt', 'Dear Orla\n\n\nYours\n'],
      ['personas/ada/corpus.jsonl', other],
    ],
  );
  assert.deepEqual(places.files, ['data/corpora/bob/mine.train.txt']);
  assert.match(readFileSync(path.join(home, 'personas/bob/corpus.jsonl'), 'utf8'), /Gulls/);
});

test('what forgotten words still stand in is named: reports and samples of trainings, pieces, chats, exports, and rows of the store', async (t) => {
  const home = homeWith(t, {
    'posts.jsonl': LINES,
    'data/runs/ada/2026-01-02-1/report.html': '<p>Herons.</p><p>Gulls are <b>l&#x6f;ud</b></p>',
    'data/runs/ada/2026-01-02-1/run.json': '{"samples":[{"text":"So: gulls\\nare loud."}]}',
    'data/runs/ada/2026-01-02-1/samples.jsonl': '{"text":"Herons"}\n{"text":"Gulls are\\nloud"}\n',
    'data/runs/ada/2026-01-02-1/losses.jsonl': '{"step":1}\n',
    'data/writings/ada/pier.jsonl': '{"text":"At the pier gulls are loud, I find"}\n',
    'data/chats/ada/1.jsonl': '{"text":"Herons are quiet"}\n',
    'data/exports/ada/README.md': '# Gulls are loud\n',
    'models/ada/run.json': '{"samples":[{"text":"GULLS ARE LOUD"}]}',
    'models/ada/model.safetensors': 'Gulls are loud',
    'personas/bob/prompts.txt': 'Gulls are loud\n',
  });
  eidolon(home, 'add', 'ada', 'posts.jsonl');
  await addDraft(home, 'gulls are loud');

  const { stdout } = eidolon(home, 'forget', 'ada', 'jsonl:1');

  assert.equal(
    stdout.slice(stdout.indexOf('Its words')),
    `Its words still stand in these files; delete those that you do not need:
  data/exports/ada/README.md
  data/runs/ada/2026-01-02-1/report.html
  data/runs/ada/2026-01-02-1/run.json
  data/runs/ada/2026-01-02-1/samples.jsonl
  data/writings/ada/pier.jsonl
  models/ada/run.json
Its words still stand in rows of data/eidolon.db, which tell what happened: candidates (1)
`,
  );
});

test('what a draft is compared with, so that it copies nothing, holds forgotten words no longer', async (t) => {
  const home = homeWith(t, {
    'posts.jsonl': LINES,
    'personas/ada/corpus.jsonl': '{"id":"a","text":"Gulls are loud"}\n{"id":"b","text":"The tide is low"}\n',
  });
  eidolon(home, 'add', 'ada', 'posts.jsonl');
  const store = openStore(storeFile(home));
  await corpusCopies(home, 'ada', path.join(home, 'personas/ada/corpus.jsonl'));
  await archiveCopies(home, store, 'ada');
  await store.close();
  const memory = () =>
    globSync('data/copies/*', { cwd: home }).map((file) => readFileSync(path.join(home, file), 'latin1').toLowerCase());
  const [before, after] = [memory(), eidolon(home, 'forget', 'ada', 'jsonl:1').status];

  assert.deepEqual([before.length, before.every((bytes) => bytes.includes('gulls'))], [2, true]);
  assert.deepEqual([after, memory()], [0, []]);
});

test('of models from elsewhere one line says that only their owner knows what they learned', (t) => {
  const notebook = '{"source":{"path":"run1.zip","format":"TensorFlow","addedAt":"2026-01-02T03:04:05.000Z"}}';
  const home = homeWith(t, { 'posts.jsonl': LINES, 'models/ada/run.json': notebook });
  eidolon(home, 'add', 'ada', 'posts.jsonl');

  const { stdout } = eidolon(home, 'forget', 'ada', 'Gulls are loud');

  assert.doesNotMatch(stdout, /Trained on it/);
  assert.match(stdout, /^Brought from elsewhere, .* only you know whether they learned it: models\/ada$/m);
});

test('words of several posts are not enough to forget one, and an unknown id is told', (t) => {
  const home = homeWith(t, { 'posts.jsonl': `${LINES}{"id":"3","text":"Gulls are loud at night"}\n` });
  eidolon(home, 'add', 'ada', 'posts.jsonl');

  const several = eidolon(home, 'forget', 'ada', 'gulls are lou');
  const unknown = eidolon(home, 'forget', 'ada', 'jsonl:77');
  const all = eidolon(home, 'forget', 'ada', 'gulls are lou', '--all');

  assert.match(several.stderr, /found 2: jsonl:1 \(Gulls are loud…\), jsonl:3/);
  assert.match(unknown.stderr, /the id or address jsonl:77, found none/);
  assert.deepEqual([several.status, unknown.status], [1, 1]);
  assert.match(all.stdout, /^Forgotten: jsonl:1, jsonl:3\n/);
});

const CROSS_POSTED = {
  'tweets.js': `window.YTD.tweets.part0 = [{"tweet":{"id_str":"1050118621198921728","created_at":"Wed Oct 10 20:19:24 +0000 2018","full_text":"Gulls are louder than anybody here admits"}}]`,
  'posts.jsonl':
    '{"id":"7","text":"GULLS are louder than anybody here admits!"}\n{"id":"8","text":"I once wrote: “Gulls are louder than anybody here admits.” They are"}\n{"id":"9","text":"The tide is low, and herons stand about in it"}\n',
};

test('a post is found by its address as a browser has it, and goes with what says the same elsewhere; what has its words among others is named, and stays', async (t) => {
  const home = homeWith(t, CROSS_POSTED);
  for (const file of ['tweets.js', 'posts.jsonl']) eidolon(home, 'add', 'ada', file);

  const { stdout } = eidolon(home, 'forget', 'ada', 'https://twitter.com/ada/status/1050118621198921728?s=20');

  assert.match(stdout, /^Forgotten: x:1050118621198921728, jsonl:7\n/);
  assert.match(stdout, /^Its words stand in other posts too, which stay, .*: jsonl:8$/m);
  const store = openStore(storeFile(home));
  const left = await store.db.selectFrom('posts').select('post_id').orderBy('post_id').execute();
  await store.close();
  assert.deepEqual(
    left.map(({ post_id }) => post_id),
    ['8', '9'],
  );
});

test('all documents that a long text was cut into go with it, and building anew brings none back', (t) => {
  const pages = Array.from(
    { length: 300 },
    (_, index) => `Paragraph ${index} of the long walk along the pier and back.`,
  );
  const home = homeWith(t, {
    'notes/walk.md': pages.join('\n\n'),
    'notes/tide.md': 'The tide is low, and herons stand in it.',
  });
  const corpus = () => {
    const options = { env: { ...process.env, EIDOLON_HOME: home }, cwd: home };
    assert.equal(spawnSync(process.execPath, [BIN, 'corpus', 'build', 'ada'], options).status, 0);
    return readFileSync(path.join(home, 'personas/ada/corpus.jsonl'), 'utf8');
  };
  eidolon(home, 'add', 'ada', 'notes');
  const documents = corpus().trim().split('\n').length;

  const { stdout } = eidolon(home, 'forget', 'ada', 'paragraph 150 of the long walk');

  assert.ok(documents > 3);
  assert.match(stdout, new RegExp(`^Taken out of the corpus: ${documents - 1} in corpus.jsonl$`, 'm'));
  assert.match(stdout, /^To build it anew, with its report: eidolon corpus build ada$/m);
  assert.match(readFileSync(path.join(home, 'personas/ada/corpus.jsonl'), 'utf8'), /^[^\n]*herons[^\n]*\n$/);
  assert.doesNotMatch(corpus(), /Paragraph/);
});

test('what the persona posted itself is found by its address there', async (t) => {
  const home = homeWith(t, {});
  await addDraft(home, 'Gulls are louder than anybody here admits');
  const store = openStore(storeFile(home));
  await store.db
    .insertInto('drafts')
    .values({
      persona: 'ada',
      kind: 'post',
      prompt: null,
      due_at: '2026-01-01T00:00:00.000Z',
      in_reply_to: null,
      created_at: '2026-01-01T00:00:00.000Z',
      status: 'published',
      text: 'Gulls are louder than anybody here admits',
      url: 'https://tea.example/@ada/103748921',
    })
    .execute();
  await store.close();

  const { stdout } = eidolon(home, 'forget', 'ada', 'https://tea.example/@ada/103748921', '--json');

  const forgot = JSON.parse(stdout);
  assert.deepEqual([forgot.drafts, forgot.published], [[1], ['https://tea.example/@ada/103748921']]);
});

test('a few letters that stand in several posts forget none, and are not taken for a whole one', (t) => {
  const home = homeWith(t, { 'posts.jsonl': LINES });
  eidolon(home, 'add', 'ada', 'posts.jsonl');

  const { status, stderr } = eidolon(home, 'forget', 'ada', 'the tide');

  assert.equal(status, 1);
  assert.match(stderr, /at least 12 letters of a post, found "the tide", which stands in 1 of them/);
});

for (const [what, origin, command] of [
  ['another', { parent: 'starter' }, 'eidolon train ada --from starter --method lora'],
  ['one that is not known', {}, 'eidolon train ada --from MODEL --method lora'],
] as const) {
  test(`where the model began from one that has learned it, made from ${what}, the command says what to begin from`, (t) => {
    const settings = [{ name: 'method', value: 'lora', source: 'command line' }];
    const home = homeWith(t, {
      'posts.jsonl': LINES,
      'personas/ada/persona.yaml': 'name: ada\nmodel: ada\n',
      'models/ada/run.json': JSON.stringify({ persona: 'ada', parent: 'ada-first', settings }),
      'models/ada-first/run.json': JSON.stringify({ persona: 'ada', ...origin }),
    });
    eidolon(home, 'add', 'ada', 'posts.jsonl');

    const { stdout } = eidolon(home, 'forget', 'ada', 'Gulls are loud');

    assert.match(stdout, new RegExp(`^To train without it: ${command}$`, 'm'));
  });
}

const number = (count: number) => count.toLocaleString('en');

async function addDraft(home: string, text: string): Promise<void> {
  const store = openStore(storeFile(home));
  const at = '2026-01-01T00:00:00.000Z';
  const { id } = await store.db
    .insertInto('drafts')
    .values({ persona: 'ada', kind: 'post', prompt: null, due_at: at, in_reply_to: null, created_at: at })
    .returning('id')
    .executeTakeFirstOrThrow();
  const round = {
    persona: 'ada',
    model: 'toy',
    model_hash: 'h',
    request: '{}',
    outcome: 'kept',
    created_at: at,
  } as const;
  const { id: round_id } = await store.db
    .insertInto('rounds')
    .values({ ...round, draft_id: id, reason: null })
    .returning('id')
    .executeTakeFirstOrThrow();
  const scores = { tokens: 3, log_probability: -3, seed: 1, kept: 1, score: 0.5, gates: '[]', features: '[]' } as const;
  await store.db
    .insertInto('candidates')
    .values({ ...scores, round_id, draft_id: id, position: 1, text, raw_text: text })
    .execute();
  await store.close();
}
