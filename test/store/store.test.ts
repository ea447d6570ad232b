import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import { openStore, storeFile, transaction } from '../../src/store/store.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-store-'));
after(() => rmSync(folder, { recursive: true }));
const fileNamed = (name: string) => path.join(folder, name);
const round = {
  persona: 'ada',
  model: 'toy',
  model_hash: 'h',
  request: '{}',
  outcome: 'failed',
  created_at: '2026-01-01T00:00:00.000Z',
} as const;

function assertRefusedUntouched(file: string, message: RegExp) {
  const before = readFileSync(file);

  assert.throws(
    () => openStore(file),
    (error) =>
      error instanceof UserError && message.test(error.message) && error.message.includes(file) && !!error.hint,
  );

  assert.deepEqual(readFileSync(file), before);
}

test('a new store is made with its folder, and only its owner can read it', async () => {
  const file = storeFile(fileNamed('home'));

  await openStore(file).close();

  assert.equal(file, fileNamed('home/data/eidolon.db'));
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('what is written is there when the store is opened again', async () => {
  const file = fileNamed('again.db');
  const first = openStore(file);
  await first.db.insertInto('rounds').values(round).execute();
  await first.close();

  const second = openStore(file);
  const rows = await second.db.selectFrom('rounds').select(['persona', 'draft_id', 'created_at']).execute();
  await second.close();

  assert.deepEqual(
    rows.map((row) => ({ ...row })),
    [{ persona: 'ada', draft_id: null, created_at: round.created_at }],
  );
});

test('every connection syncs each commit, checks foreign keys and writes ahead', async () => {
  const store = openStore(fileNamed('pragmas.db'));
  const database = new DatabaseSync(fileNamed('pragmas.db'));

  const orphan = store.db
    .insertInto('decisions')
    .values({ draft_id: 404, candidate_id: null, action: 'skipped', text: null, reason: null, at: 'now' })
    .execute();

  await assert.rejects(orphan, /FOREIGN KEY/);
  assert.equal(database.prepare('pragma journal_mode').get()?.journal_mode, 'wal');
  database.close();
  await store.close();
});

test('a file that is not SQLite is refused and left as it is', () => {
  for (const content of ['x', 'these are my notes\n', 'not a database '.repeat(1000)]) {
    writeFileSync(fileNamed('notes.db'), content);

    assertRefusedUntouched(fileNamed('notes.db'), /is not an SQLite database/);
  }
});

test('a SQLite file cut short is refused', async () => {
  const file = fileNamed('cut.db');
  await openStore(file).close();
  writeFileSync(file, readFileSync(file).subarray(0, 5000));

  assertRefusedUntouched(file, /is damaged|is not an SQLite database/);
});

test("another program's SQLite file is refused and left as it is", () => {
  const other = new DatabaseSync(fileNamed('other.db'));
  other.exec('create table bookmarks (url text)');
  other.close();

  assertRefusedUntouched(fileNamed('other.db'), /not one of eidolon's/);
});

test('a store from a newer version is refused and left as it is', async () => {
  const file = fileNamed('newer.db');
  await openStore(file).close();
  const newer = new DatabaseSync(file);
  newer.exec(`pragma user_version = ${MIGRATIONS.length + 1}`);
  newer.close();

  assertRefusedUntouched(file, /newer one wrote it/);
});

test('a store that cannot be opened or made is one line with a hint', () => {
  mkdirSync(fileNamed('folder.db'));
  writeFileSync(fileNamed('plain'), '');

  for (const file of [fileNamed('folder.db'), fileNamed('plain/data/eidolon.db')]) {
    assert.throws(
      () => openStore(file),
      (error) => error instanceof UserError && error.message.includes(file) && !!error.hint,
    );
  }
});

test('a transaction that throws leaves nothing behind, and a nested one joins it', async () => {
  const store = openStore(':memory:');

  const failing = transaction(store, async (outer) => {
    await outer.db.insertInto('rounds').values(round).execute();
    await transaction(outer, (inner) => inner.db.insertInto('rounds').values(round).execute());
    throw new Error('half way');
  });

  await assert.rejects(failing, /half way/);
  assert.deepEqual(await store.db.selectFrom('rounds').selectAll().execute(), []);
  await store.close();
});

test('processes that open one new store at the same moment all find it migrated', async () => {
  const file = fileNamed('crowd.db');
  const script = `
    import { openStore } from ${JSON.stringify(path.resolve('src/store/store.ts'))};
    const store = openStore(${JSON.stringify(file)});
    await store.db.insertInto('rounds').values(${JSON.stringify(round)}).execute();
    await store.close();
  `;

  const exits = await Promise.all(
    Array.from({ length: 6 }, () => {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' });
      return new Promise((resolve) => child.on('exit', resolve));
    }),
  );

  assert.deepEqual(exits, [0, 0, 0, 0, 0, 0]);
  const store = openStore(file);
  assert.equal((await store.db.selectFrom('rounds').selectAll().execute()).length, 6);
  await store.close();
});

test('decisions can be neither changed nor deleted', async () => {
  const store = openStore(':memory:');
  const { db } = store;
  await db
    .insertInto('drafts')
    .values({ persona: 'ada', kind: 'post', prompt: null, due_at: 'x', in_reply_to: null, created_at: 'x' })
    .execute();
  await db
    .insertInto('decisions')
    .values({ draft_id: 1, candidate_id: null, action: 'skipped', text: null, reason: null, at: 'x' })
    .execute();

  await assert.rejects(db.updateTable('decisions').set({ action: 'rejected' }).execute(), /append-only/);
  await assert.rejects(db.deleteFrom('decisions').execute(), /append-only/);
  await store.close();
});

for (const version of MIGRATIONS.keys().drop(1)) {
  test(`a store of version ${version} is brought up to date with what is in it`, async () => {
    const file = fileNamed(`version-${version}.db`);
    const old = new DatabaseSync(file);
    for (const statements of MIGRATIONS.slice(0, version)) old.exec(statements);
    old.exec(`pragma application_id = ${0x4549444f}; pragma user_version = ${version}`);
    old.exec("insert into timeline (persona, text, published_at, key) values ('ada', 'old words', 'then', 'k1')");
    old.close();

    const store = openStore(file);

    const [post] = await store.db.selectFrom('timeline').select(['text', 'url']).execute();
    assert.deepEqual({ ...post }, { text: 'old words', url: 'local:ada/1' });
    await store.close();
    const migrated = new DatabaseSync(file);
    assert.equal(migrated.prepare('pragma user_version').get()?.user_version, MIGRATIONS.length);
    migrated.close();
  });
}
