import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { archiveCopies, corpusCopies, forgetCopies } from '../../../src/daemon/composing/copy-cache.ts';
import { openStore } from '../../../src/store/store.ts';

const root = mkdtempSync(path.join(tmpdir(), 'eidolon-copies-'));
after(() => rmSync(root, { recursive: true }));

const SAYING = 'A statement or belief manifestly inconsistent with one’s own opinion — «so», they say, 日本語.';
const corpus = (name: string, texts: readonly string[]) => {
  const file = path.join(root, `${name}.txt`);
  writeFileSync(file, texts.join('\n\n'));
  return file;
};

test('what was kept finds what was built: passages, near duplicates, the usual length', async () => {
  const file = corpus('ada', [SAYING, 'Another text, which is shorter.']);
  const built = await corpusCopies(root, 'ada', file);
  const kept = await corpusCopies(root, 'ada', file);

  for (const { passages, near, usualLength } of [built, kept]) {
    assert.equal(passages.overlap(SAYING.toUpperCase()).share, 1);
    assert.equal(passages.overlap('Nothing that anybody here has ever said before.').share, 0);
    assert.equal(near.find(SAYING.replace('own', 'old'))?.textIndex, 0);
    assert.deepEqual(usualLength, built.usualLength);
  }
  assert.equal(statSync(path.join(root, 'data/copies/ada.corpus')).mode & 0o777, 0o600);
});

test('what the corpus says to many different things is kept with it', async () => {
  const file = path.join(root, 'kim.jsonl');
  const lines = ['Is it late?', 'Will it rain?', 'Who was that?'].map((question, index) => {
    return JSON.stringify({ id: `x:${index}`, text: 'I don’t know.', context: [{ by: 'another', text: question }] });
  });
  writeFileSync(file, lines.join('\n'));

  const built = await corpusCopies(root, 'kim', file);

  assert.deepEqual([built.dull, (await corpusCopies(root, 'kim', file)).dull], [["i don't know"], ["i don't know"]]);
});

test('a corpus that has changed is indexed anew, one that has not is read', async () => {
  const file = corpus('bob', [SAYING]);
  await corpusCopies(root, 'bob', file);
  const index = path.join(root, 'data/copies/bob.corpus');
  const before = readFileSync(index);
  utimesSync(index, new Date(0), new Date(0));
  await corpusCopies(root, 'bob', file);
  assert.equal(statSync(index).mtimeMs, 0);

  writeFileSync(file, `${SAYING}\n\nAnd one text more than there was.`);
  const { passages } = await corpusCopies(root, 'bob', file);

  assert.equal(passages.size, 2);
  assert.notDeepEqual(readFileSync(index), before);
});

test('an index that was cut short or is something else is made anew', async () => {
  const file = corpus('eve', [SAYING]);
  await corpusCopies(root, 'eve', file);
  const index = path.join(root, 'data/copies/eve.corpus');
  const { size } = statSync(index);

  for (const damage of [
    () => truncateSync(index, size - 40),
    () => truncateSync(index, 10),
    () => writeFileSync(index, 'x'.repeat(size)),
  ]) {
    damage();
    assert.equal((await corpusCopies(root, 'eve', file)).passages.overlap(SAYING).share, 1);
    assert.equal(statSync(index).size, size);
  }
});

test('archives count with what others wrote, without their markup; what is forgotten leaves no index', async () => {
  const store = openStore(':memory:');
  const archive = {
    persona: 'ada',
    corpus: 'mine',
    format: 'x',
    name: 'x.zip',
    content_hash: 'h',
    owner: '{}',
    licence: null,
    bytes: 1,
    imported_at: 'now',
  };
  const { id } = await store.db.insertInto('archives').values(archive).returning('id').executeTakeFirstOrThrow();
  const post = {
    archive_id: id,
    persona: 'ada',
    service: 'x',
    author_id: '2',
    author_name: null,
    mine: 0,
    time: null,
    kind: 'message',
    visibility: 'private',
    title: null,
    thread: null,
    in_reply_to: null,
    url: null,
    language: null,
  } as const;
  assert.equal(await archiveCopies(root, store, 'ada'), undefined);
  await store.db
    .insertInto('posts')
    .values({ ...post, post_id: '1', text: `<p>${SAYING.replace('belief', '<b>belief</b>')}</p>`, markup: 'html' })
    .execute();

  const copies = await archiveCopies(root, store, 'ada');
  assert.ok((copies?.passages.overlap(SAYING).longest?.quote.length ?? 0) >= 50);
  assert.equal(await archiveCopies(root, store, 'bob'), undefined);

  forgetCopies(root, 'ada');
  assert.deepEqual(
    readdirSync(path.join(root, 'data/copies')).filter((name) => name.startsWith('ada')),
    [],
  );
  await store.close();
});
