/** An mbox is tens of gigabytes: an import of one that was stopped goes on from the letter that it had come to. */
import assert from 'node:assert/strict';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { openExport } from '../../src/archive/container.ts';
import type { Export } from '../../src/archive/format.ts';
import { gmail } from '../../src/archive/formats/gmail.ts';
import { type Import, importArchive, type Resumed } from '../../src/archive/import-archive.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { temporaryFolder, zipOf } from './containers.ts';

const ME = 'mira@mail.example';
const LETTERS = 1600;

const letter = (number: number) =>
  [
    `From ${1000000000 + number}@xxx Thu Apr 16 09:53:04 +0000 2015`,
    `From: ${number % 2 ? ME : 'oskar@mail.example'}`,
    `Message-ID: <${number}@mail.example>`,
    'X-GM-THRID: 7',
    ...(number % 10 === 0 ? ['X-Gmail-Labels: Spam'] : []),
    '',
    `Letter ${number} about lamps. ${'And of oil. '.repeat(20)}`,
    '',
    '',
  ].join('\n');

interface Opened {
  readonly archive: Export;
  /** From which bytes the mail was opened to be read on. */
  readonly openedAt: readonly number[];
}

async function opened(t: TestContext, file: string): Promise<Opened> {
  const { close, ...archive } = await openExport([file]);
  t.after(close);
  const openedAt: number[] = [];
  const entries = archive.entries.map((entry) => ({
    ...entry,
    ...(entry.openAt && {
      openAt: (offset: number) => {
        openedAt.push(offset);
        return entry.openAt!(offset);
      },
    }),
  }));
  return { archive: { ...archive, entries }, openedAt };
}

const job = (archive: Export, more: Partial<Import> = {}): Import => ({
  persona: 'mira',
  corpus: 'mine',
  archive,
  format: gmail,
  me: [ME],
  includePrivate: true,
  now: new Date(0),
  ...more,
});

async function stopHalfWay(store: Store, archive: Export): Promise<void> {
  const stopping = new AbortController();
  const onProgress = ({ posts }: { readonly posts: number }) => posts >= LETTERS / 2 && stopping.abort();
  const { isFinished } = await importArchive(store, job(archive), { signal: stopping.signal, onProgress });
  assert.equal(isFinished, false);
}

async function withMail(t: TestContext, work: (store: Store, file: string) => Promise<void>): Promise<void> {
  const file = path.join(temporaryFolder(t), 'All mail.mbox');
  writeFileSync(file, Array.from({ length: LETTERS }, (_, index) => letter(index)).join(''));
  const store = openStore(':memory:');
  try {
    await work(store, file);
  } finally {
    await store.close();
  }
}

const idsIn = async (store: Store) =>
  (await store.db.selectFrom('posts').select('post_id').execute()).map(({ post_id }) => post_id);

test('stopped, the import of an mbox goes on where it stood, and comes to the same as one that was not', (t) =>
  withMail(t, async (store, file) => {
    await stopHalfWay(store, (await opened(t, file)).archive);
    const { archive, openedAt } = await opened(t, file);
    const resumed: Resumed[] = [];
    const seen: number[] = [];

    const rest = await importArchive(store, job(archive), {
      onResume: (earlier) => void resumed.push(earlier),
      onProgress: ({ bytesRead }) => void seen.push(bytesRead),
    });

    const size = readFileSync(file).length;
    assert.deepEqual(
      resumed.map(({ goesOn }) => goesOn),
      [true],
    );
    assert.equal(openedAt.length, 1);
    assert.ok(openedAt[0]! > size / 4 && openedAt[0]! < size, `${openedAt[0]} of ${size}`);
    assert.match(readFileSync(file).toString('latin1', openedAt[0]), /^From \d+@xxx/);
    assert.equal(seen.at(-1), size);
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );

    const other = openStore(':memory:');
    try {
      const whole = await importArchive(other, job((await opened(t, file)).archive));
      assert.deepEqual((await idsIn(store)).toSorted(), (await idsIn(other)).toSorted());
      assert.deepEqual([rest.omissions, rest.places, rest.read], [whole.omissions, whole.places, whole.read]);
      assert.deepEqual(whole.omissions, { spam: LETTERS / 10 });
    } finally {
      await other.close();
    }
  }));

for (const [what, change] of [
  ['the file was changed since', (file: string) => utimesSync(file, new Date(0), new Date(0))],
  [
    'the file is another of the same size and date',
    (file: string) => {
      const changed = new Date(1_600_000_000_000);
      utimesSync(file, changed, changed);
      const mail = readFileSync(file);
      writeFileSync(file, mail.fill('X', 300, 310));
      utimesSync(file, changed, changed);
    },
  ],
  ['another is said to be the owner', { me: ['oskar@mail.example'] }],
  ['private letters are to stay out', { includePrivate: false }],
] as const) {
  test(`${what}: it is read from its beginning`, (t) =>
    withMail(t, async (store, file) => {
      if (typeof change === 'function') utimesSync(file, new Date(1_600_000_000_000), new Date(1_600_000_000_000));
      await stopHalfWay(store, (await opened(t, file)).archive);
      if (typeof change === 'function') change(file);
      const { archive, openedAt } = await opened(t, file);
      const resumed: Resumed[] = [];
      const more = typeof change === 'function' ? {} : change;

      await importArchive(store, job(archive, more), { onResume: (earlier) => void resumed.push(earlier) });

      assert.deepEqual(
        resumed.map(({ goesOn }) => goesOn),
        [false],
      );
      assert.deepEqual(openedAt, []);
    }));
}

test('an mbox in a zip is read from its beginning, and adds what is not there', (t) =>
  withMail(t, async (store, file) => {
    const zip = path.join(path.dirname(file), 'takeout.zip');
    writeFileSync(zip, await zipOf({ 'Takeout/Mail/All.mbox': readFileSync(file) }));
    await stopHalfWay(store, (await opened(t, zip)).archive);
    const resumed: Resumed[] = [];

    await importArchive(store, job((await opened(t, zip)).archive), {
      onResume: (earlier) => void resumed.push(earlier),
    });

    assert.equal(resumed[0]?.goesOn, false);
    assert.equal((await idsIn(store)).length, LETTERS * 0.9);
  }));

test('read to its end, an import begins again when it is asked for again', (t) =>
  withMail(t, async (store, file) => {
    await stopHalfWay(store, (await opened(t, file)).archive);
    await importArchive(store, job((await opened(t, file)).archive));
    const { archive, openedAt } = await opened(t, file);

    const { added } = await importArchive(store, job(archive));

    assert.deepEqual([added, openedAt], [0, []]);
  }));
