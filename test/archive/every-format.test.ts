/** What holds for every format, tried with a sample of each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Format, Unread } from '../../src/archive/format.ts';
import { importArchive } from '../../src/archive/import-archive.ts';
import type { Omission } from '../../src/archive/post.ts';
import type { Limit } from '../../src/archive/read-in-time.ts';
import { openStore } from '../../src/store/store.ts';
import { type Files, inMemory, readAll } from './in-memory-export.ts';
import { archiveOf, SAMPLES, type Sample } from './samples.ts';

const all = SAMPLES.flatMap(({ samples }) => samples);

test('every format has a sample, with words of the owner and of others', () => {
  for (const { name, samples } of SAMPLES) assert.ok(samples.length > 0, name);
  for (const { title, files } of all) {
    const content = Object.values(files)
      .map((file) => Buffer.from(file).toString('latin1'))
      .join('\n');
    assert.match(content, /magpie/i, title);
    assert.match(content, /lantern/i, title);
  }
});

for (const sample of all) {
  test(`${sample.title}: no line by others becomes the owner's, and none of the owner's is lost`, async () => {
    const archive = archiveOf(sample);
    const me = [...sample.me, ...(await sample.format.owner(archive))];

    const { posts } = await readAll(sample.format, archive, me);

    const mine = posts.filter((post) => post.mine);
    for (const post of posts) {
      const words = [post.text, post.title ?? '', ...(post.tags ?? [])].join('\n');
      assert.doesNotMatch(words, post.mine ? /magpie/i : /lantern/i);
    }
    assert.ok(mine.every(({ text }) => /lantern/i.test(text)));
    assert.equal(mine.length, sample.mine);
  });
}

for (const sample of all) {
  test(`${sample.title}: a document that takes too long is named and left out, and the rest is imported`, async () => {
    const whole = await imported(sample, sample.format);
    const { format, place, lost } = withEndless(sample.format);

    const rest = await imported(sample, format);

    assert.deepEqual(rest.places['took too long'], place());
    assert.equal(rest.omissions['took too long'], 1);
    assert.deepEqual(
      rest.texts,
      whole.texts.filter((text) => !lost().includes(text)),
    );
    assert.ok(rest.texts.length < whole.texts.length && rest.texts.length > 0);
  });
}

/** A repository is not text, and its records are told by their hash: see bluesky.test.ts. */
const inText = all.filter(({ format }) => format.name !== 'bluesky');

for (const sample of inText) {
  test(`${sample.title}: a byte that is not UTF-8 costs its letter and nothing else`, async () => {
    const me = [...sample.me, ...(await sample.format.owner(archiveOf(sample)))];
    const read = async (files: Files) =>
      (await readAll(sample.format, inMemory(files), me)).posts.filter(({ mine }) => mine).map(({ text }) => text);

    const [whole, damaged] = [await read(sample.files), await read(withBadByte(sample.files))];

    // Where nothing in a file is UTF-8 beyond ASCII, it is taken for Windows-1252, in which the byte is a letter.
    assert.equal(damaged.filter((text) => /lan[\ufffdÿ]ern/.test(text)).length, 1);
    assert.deepEqual(
      damaged.map((text) => text.replace(/lan[\ufffdÿ]ern/, 'lantern')),
      whole,
    );
  });
}

/** Within the owner's words. */
function withBadByte(files: Files): Files {
  const [name, content] = Object.entries(files).find(
    ([path, file]) => !/account|statistics|^n\.xhtml/.test(path) && Buffer.from(file).includes('lantern'),
  )!;
  const bytes = Buffer.from(content);
  bytes[bytes.indexOf('lantern') + 3] = 0xff;
  return { ...files, [name]: bytes };
}

/** What é is in an export of Meta's; elsewhere it is what somebody wrote. */
const DAMAGED = 'lantern Ã©';

for (const sample of inText) {
  const isMeta = ['facebook', 'instagram'].includes(sample.format.name);
  test(`${sample.title}: signs that look like damaged letters are ${isMeta ? 'mended' : 'as they were written'}`, async () => {
    const files = Object.entries(sample.files).map(([path, file]) => [path, `${file}`.replaceAll('lantern', DAMAGED)]);
    const archive = archiveOf({ ...sample, files: Object.fromEntries(files) });

    const { posts } = await readAll(sample.format, archive, [...sample.me, ...(await sample.format.owner(archive))]);

    const said = posts.filter(({ text }) => text.includes('lantern '));
    assert.ok(said.length > 0);
    for (const { text } of said) assert.match(text, isMeta ? /lantern é/ : /lantern Ã©/);
  });
}

const TIME_IS_UP = new Error('Time is up');
/** Ends what says itself that its time is up: the real limit, tried in time-limit.test.ts, would have to be waited for. */
const LIMIT: Limit = {
  documentMs: 10_000,
  within(_, work) {
    try {
      return work();
    } catch (error) {
      if (error === TIME_IS_UP) return undefined;
      throw error;
    }
  },
};

async function imported({ me, ...sample }: Sample, format: Format) {
  const store = openStore(':memory:');
  try {
    const archive = archiveOf({ me, ...sample });
    const owner = [...me, ...(await format.owner(archive))];
    const common = { persona: 'mira', corpus: 'mine', includePrivate: true, now: new Date(0) };
    const result = await importArchive(store, { ...common, archive, format, me: owner, limit: LIMIT });
    const rows = await store.db.selectFrom('posts').select('text').where('mine', '=', 1).orderBy('text').execute();
    return { ...result, texts: rows.map(({ text }) => text) };
  } finally {
    await store.close();
  }
}

/** The format, but that the time of the first document with words of the owner is never enough. */
function withEndless(format: Format): { readonly format: Format; place(): string; lost(): readonly string[] } {
  let endless: Unread | undefined;
  let lost: readonly string[] = [];
  async function* read(...job: Parameters<Format['read']>): AsyncGenerator<Unread | Omission> {
    for await (const one of format.read(...job)) {
      if ('omitted' in one) yield one;
      else yield { ...one, read: () => readUnless(one) };
    }
  }
  const readUnless = (one: Unread) => {
    const made = [one.read()].flat();
    const own = made.flatMap((post) => ('omitted' in post || !post.mine ? [] : [post.text]));
    if (endless === undefined && own.length > 0) {
      endless = one;
      lost = own;
      throw TIME_IS_UP;
    }
    return made;
  };
  return { format: { ...format, read }, place: () => endless?.place ?? '', lost: () => lost };
}
