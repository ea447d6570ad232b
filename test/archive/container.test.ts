import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { crc32, gzipSync } from 'node:zlib';
import { openExport } from '../../src/archive/container.ts';
import { LIMITS } from '../../src/archive/container-limits.ts';
import { groupParts } from '../../src/archive/container-parts.ts';
import { unreadable } from '../../src/archive/entry-stream.ts';
import { find } from '../../src/archive/find-entries.ts';
import type { Export } from '../../src/archive/format.ts';
import { UserError } from '../../src/errors.ts';
import { rawZip, tarOf, temporaryFolder, writeDistantZip, zipOf } from './containers.ts';

/** In a zip: names are in UTF-8. */
const UTF8 = 0x800;
const POSTS = { 'outbox.json': '{"orderedItems":[]}', 'a/b/actor.json': '{"id":"ada"}' };

test('a zip, a tar, a packed tar and a folder of the same files read the same', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(path.join(folder, 'folder/a/b'), { recursive: true });
  for (const [name, content] of Object.entries(POSTS)) writeFileSync(path.join(folder, 'folder', name), content);
  writeFileSync(path.join(folder, 'x.zip'), await zipOf(POSTS));
  writeFileSync(path.join(folder, 'x.tar'), await tarOf(POSTS));
  writeFileSync(path.join(folder, 'x.tar.gz'), gzipSync(await tarOf(POSTS)));

  for (const name of ['folder', 'x.zip', 'x.tar', 'x.tar.gz']) {
    const archive = await open(t, [path.join(folder, name)]);

    assert.deepEqual(await contents(archive), POSTS, name);
    assert.equal((await archive.entries[0]?.head(5))?.length, 5);
  }
});

test('media files and what a Mac scatters are left out', async (t) => {
  const file = await write(t, 'x.zip', {
    'a.json': '[]',
    'media/cat.JPG': 'x',
    '__MACOSX/._a.json': 'x',
    'b.mp4': 'x',
  });

  const archive = await open(t, [file]);

  assert.deepEqual(await contents(archive), { 'a.json': '[]' });
});

test('an entry is found under any wrapper folder, the shallowest first', async (t) => {
  const file = await write(t, 'x.zip', { 'ada/saved/data/tweets.js': 'deep', 'ada/data/tweets.js': 'it' });

  const archive = await open(t, [file]);

  assert.equal(find(archive, /(^|\/)data\/tweets\.js$/i)?.path, 'ada/data/tweets.js');
});

test('an archive in the archive is opened, also a packed file and one in a folder', async (t) => {
  const folder = temporaryFolder(t);
  const inner = await zipOf({ 'html/1.html': '<p>one</p>', 'deeper.tar': await tarOf({ 'note.txt': 'deep' }) });
  writeFileSync(path.join(folder, 'posts.zip'), inner);
  writeFileSync(path.join(folder, 'site.xml.gz'), gzipSync('<rss/>'));

  const archive = await open(t, [folder]);

  assert.deepEqual(await contents(archive), {
    'posts.zip!/html/1.html': '<p>one</p>',
    'posts.zip!/deeper.tar!/note.txt': 'deep',
    'site.xml': '<rss/>',
  });
});

test('archives are opened three deep and no deeper', async (t) => {
  let inner: Record<string, string | Buffer> = { 'note.txt': 'bottom' };
  for (let depth = 0; depth < 5; depth++) inner = { 'in.zip': await zipOf(inner) };

  const archive = await open(t, [await write(t, 'x.zip', inner)]);

  assert.deepEqual(
    archive.entries.map((entry) => entry.path),
    ['in.zip!/in.zip!/in.zip!/in.zip'],
  );
});

test('a single file is an export of one entry', async (t) => {
  const file = path.join(temporaryFolder(t), 'mail.mbox');
  writeFileSync(file, 'From a b');
  writeFileSync(`${file}.gz`, gzipSync('From c d'));

  assert.deepEqual(await contents(await open(t, [file])), { 'mail.mbox': 'From a b' });
  assert.deepEqual(await contents(await open(t, [`${file}.gz`])), { 'mail.mbox': 'From c d' });
});

test('parts are found beside each other, and a missing one is remarked on', async (t) => {
  const folder = temporaryFolder(t);
  const part = (number: string) => path.join(folder, `takeout-20240102T030405Z-${number}.zip`);
  writeFileSync(part('001'), await zipOf({ 'Takeout/a.txt': 'one' }));
  writeFileSync(part('003'), await zipOf({ 'Takeout/c.txt': 'three' }));
  writeFileSync(
    path.join(folder, 'takeout-20230102T030405Z-002.zip'),
    await zipOf({ 'Takeout/b.txt': 'another year' }),
  );

  const groups = groupParts([part('003')]);
  const archive = await open(t, groups[0] ?? []);

  assert.deepEqual(groups, [[part('001'), part('003')]]);
  assert.deepEqual(await contents(archive), { 'Takeout/a.txt': 'one', 'Takeout/c.txt': 'three' });
  assert.match(archive.remarks.join(), /^part 2 of .*001\.zip is not here$/);
});

test('what is numbered as a browser numbers copies is not looked for beside what is given', async (t) => {
  const folder = temporaryFolder(t);
  const file = (name: string) => path.join(folder, name);
  for (const name of ['export-1.zip', 'export-2.zip', 'notes-001.txt', 'notes-002.txt']) writeFileSync(file(name), '');

  assert.deepEqual(groupParts([file('export-1.zip')]), [[file('export-1.zip')]]);
  assert.deepEqual(groupParts([file('notes-001.txt')]), [[file('notes-001.txt')]]);
});

test('files given together are grouped by the names of their parts', () => {
  const groups = groupParts([
    '/d/facebook-ada-2024-05-06-AbCdEfGh.zip',
    '/d/facebook-ada-2024-05-06-ZyXwVuTs.zip',
    '/d/export-2.zip',
    '/d/export-10.zip',
    '/d/export-1.zip',
    '/d/archive-2023.zip',
    '/d/archive-2024.zip',
    '/d/mastodon.tar.gz',
  ]);

  assert.deepEqual(groups, [
    ['/d/facebook-ada-2024-05-06-AbCdEfGh.zip', '/d/facebook-ada-2024-05-06-ZyXwVuTs.zip'],
    ['/d/export-1.zip', '/d/export-2.zip', '/d/export-10.zip'],
    ['/d/archive-2023.zip'],
    ['/d/archive-2024.zip'],
    ['/d/mastodon.tar.gz'],
  ]);
});

test('zip64 is read, with sizes and offsets that need it', async (t) => {
  const file = await write(t, 'x.zip', { 'a.txt': 'large' }, { forceZip64Format: true });

  assert.deepEqual(await contents(await open(t, [file])), { 'a.txt': 'large' });
});

test('an entry that lies beyond four gigabytes is read', async (t) => {
  const file = path.join(temporaryFolder(t), 'x.zip');
  const [near, far] = [
    { name: 'near.txt', content: 'near' },
    { name: 'far.txt', content: 'far' },
  ];
  writeDistantZip(file, [near, far], 5 * 2 ** 30);

  assert.deepEqual(await contents(await open(t, [file])), { 'near.txt': 'near', 'far.txt': 'far' });
});

test('of a zip an entry may be looked at, given up and read again, several at a time', async (t) => {
  const long = randomBytes(1_000_000).toString('hex'); // much longer than what is read at once
  const file = await write(t, 'x.zip', { 'long.txt': long, 'short.txt': 'short' });
  const archive = await open(t, [file]);
  const [first, short] = archive.entries;

  for (let round = 0; round < 20; round++) {
    assert.equal((await first!.head(10)).toString(), long.slice(0, 10));
    const givenUp = await first!.open();
    for await (const chunk of givenUp) {
      assert.ok(chunk.length > 0);
      break;
    }
    assert.deepEqual(
      (await Promise.all([text(await short!.open()), text(await first!.open())])).map(({ length }) => length),
      [5, long.length],
    );
  }
});

test('a path that leads out of a zip or a tar is refused by name, and nothing is written anywhere', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(path.join(folder, 'x.zip'), rawZip([{ name: '../../evil.txt', content: 'x' }]));
  writeFileSync(path.join(folder, 'y.zip'), rawZip([{ name: '/etc/evil.txt', content: 'x' }]));
  writeFileSync(path.join(folder, 'z.zip'), rawZip([{ name: 'a\\..\\..\\evil.txt', content: 'x' }]));
  writeFileSync(path.join(folder, 'x.tar.gz'), gzipSync(await tarOf({ 'a/../../evil.txt': 'x' })));

  writeFileSync(path.join(folder, 'drive.tar'), await tarOf({ 'C:\\evil.txt': 'x' }));

  for (const name of ['x.zip', 'y.zip', 'z.zip', 'x.tar.gz', 'drive.tar']) {
    await refuses(path.join(folder, name), new RegExp(`${name}, .*evil\\.txt: refused: is a path that leads out`));
  }
  writeFileSync(path.join(folder, 'nul.zip'), rawZip([{ name: 'a\0b', content: 'x', flags: UTF8 }]));
  await refuses(path.join(folder, 'nul.zip'), /nul\.zip, a b: refused: is a path that leads out/);
  writeFileSync(path.join(folder, 'lines.zip'), rawZip([{ name: '../two\nlines', content: 'x', flags: UTF8 }]));
  await refuses(path.join(folder, 'lines.zip'), /lines\.zip, \.\.\/two lines: refused/);
});

test('links in a zip, a tar and a folder are not followed', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(path.join(folder, 'folder'));
  symlinkSync('/etc/passwd', path.join(folder, 'folder/passwd.txt'));
  writeFileSync(
    path.join(folder, 'x.zip'),
    rawZip([
      { name: 'link.txt', content: '/etc/passwd', mode: 0o120777 },
      { name: 'a.txt', content: 'a' },
    ]),
  );
  writeFileSync(path.join(folder, 'x.tar'), await tarOf({ 'a.txt': 'a' }, { 'link.txt': '/etc/passwd' }));

  assert.deepEqual(await contents(await open(t, [path.join(folder, 'folder')])), {});
  assert.deepEqual(await contents(await open(t, [path.join(folder, 'x.zip')])), { 'a.txt': 'a' });
  assert.deepEqual(await contents(await open(t, [path.join(folder, 'x.tar')])), { 'a.txt': 'a' });
});

test('an encrypted zip is refused by file and entry', async (t) => {
  const file = path.join(temporaryFolder(t), 'x.zip');
  writeFileSync(file, rawZip([{ name: 'a.txt', content: 'an encrypted secret', size: 7, flags: 1 }]));

  await refuses(file, /x\.zip, a\.txt: encrypted/);
});

test('an entry that is packed by another method than deflate is named with it, and the others are read', async (t) => {
  const file = path.join(temporaryFolder(t), 'x.zip');
  const DEFLATE64 = 9; // Windows packs what is large by it
  writeFileSync(
    file,
    rawZip([
      { name: 'a.txt', content: 'a' },
      { name: 'b.txt', content: 'b', method: DEFLATE64 },
    ]),
  );

  const { entries } = await open(t, [file]);

  assert.equal(await text(await entries[0]!.open()), 'a');
  await assert.rejects(entries[1]!.open(), matching(/x\.zip, b\.txt: packed by method 9, not by deflate$/));
});

test('what is neither a file nor a folder is refused, and not waited for', async () => {
  await refuses('/dev/null', /\/dev\/null: expected a file or a folder, found neither$/);
});

for (const [code, message] of [
  ['EACCES', 'x.zip, a.txt: may not be read'],
  ['ENOSPC', 'x.zip, a.txt: no space is left to unpack it'],
  ['EIO', 'x.zip, a.txt: damaged: it failed'],
] as const) {
  test(`where the system says ${code}, it is not called something else`, () => {
    const error = unreadable({ file: 'x.zip', path: 'a.txt' }, Object.assign(new Error('it failed'), { code }));

    assert.equal(error.message, message);
    assert.ok(error.hint);
  });
}

test('a download that was cut off is said to be so, whatever its kind', async (t) => {
  const folder = temporaryFolder(t);
  const long = Array.from({ length: 20_000 }, (_, index) => Math.sin(index)).join();
  writeFileSync(path.join(folder, 'x.zip'), await zipOf({ 'a.json': long }));
  writeFileSync(path.join(folder, 'x.tar'), await tarOf({ 'a.json': long }));
  writeFileSync(path.join(folder, 'x.tar.gz'), gzipSync(await tarOf({ 'a.json': long })));

  for (const name of readdirSync(folder)) {
    truncateSync(path.join(folder, name), 50_000);

    await refuses(path.join(folder, name), new RegExp(`${name.replaceAll('.', '\\.')}.*: cut off`));
  }
});

test('a login page that was saved as a zip is not taken for one', async (t) => {
  const file = path.join(temporaryFolder(t), 'x.zip');
  writeFileSync(file, '<!DOCTYPE html><title>Sign in</title>');

  await refuses(file, /x\.zip: expected an archive, found "<!DOCTYPE html>/);
});

test('content that does not fit its checksum or its length ends with an error that names file and entry', async (t) => {
  const folder = temporaryFolder(t);
  const entry = { name: 'a.txt', content: 'as it was written' };
  writeFileSync(path.join(folder, 'sum.zip'), rawZip([{ ...entry, crc32: crc32('something else') }]));
  writeFileSync(path.join(folder, 'long.zip'), rawZip([{ ...entry, deflated: true, size: 5 }]));
  writeFileSync(path.join(folder, 'short.zip'), rawZip([{ ...entry, deflated: true, size: 500 }]));

  for (const name of ['sum.zip', 'long.zip', 'short.zip']) {
    const archive = await open(t, [path.join(folder, name)]);

    await assert.rejects(contents(archive), matching(new RegExp(`${name}, a\\.txt: damaged`)));
  }
});

test('an entry that unpacks to more than it says is given up at once', async (t) => {
  const file = path.join(temporaryFolder(t), 'liar.zip');
  writeFileSync(file, rawZip([{ name: 'a.txt', content: 'x'.repeat(20 << 20), deflated: true, size: 5 }]));
  const [entry] = (await open(t, [file])).entries;
  let read = 0;

  const reading = async () => {
    for await (const chunk of await entry!.open()) read += chunk.length;
  };

  await assert.rejects(reading(), matching(/liar\.zip, a\.txt: damaged: expected 5 bytes, found more/));
  assert.ok(read <= 1 << 20, String(read));
});

test('bombs are refused: dense, overlapping, packed in gzip, and nested', async (t) => {
  const folder = temporaryFolder(t);
  const limits = { ...LIMITS, freeBytes: 1 << 20 };
  const zeros = Buffer.alloc(4 << 20);
  writeFileSync(path.join(folder, 'dense.zip'), await zipOf({ 'a.txt': zeros }));
  writeFileSync(path.join(folder, 'gzip.txt.gz'), gzipSync(zeros));
  writeFileSync(path.join(folder, 'tar.tar.gz'), gzipSync(await tarOf({ 'a.txt': zeros })));
  writeFileSync(path.join(folder, 'header.tgz'), gzipSync(Buffer.concat([await tarOf({}), zeros])));
  const shared = { content: 'the same bytes', at: 0 };
  const overlapping = Array.from({ length: 50 }, (_, index) => ({ ...shared, name: `${index}.txt` }));
  writeFileSync(path.join(folder, 'overlap.zip'), rawZip(overlapping));
  writeFileSync(
    path.join(folder, 'nested.zip'),
    await zipOf({ 'in.zip': await zipOf({ 'a.txt': zeros }), 'b.txt': 'b' }),
  );

  await refuses(path.join(folder, 'dense.zip'), /dense\.zip, a\.txt: refused: unpacks to more than 300 times/, limits);
  await refuses(path.join(folder, 'tar.tar.gz'), /tar\.tar\.gz, a\.txt: refused: unpacks to more than 300/, limits);
  await refuses(path.join(folder, 'overlap.zip'), /overlap\.zip, \d+\.txt: refused: overlaps/, limits);
  const packed = await open(t, [path.join(folder, 'gzip.txt.gz')], limits);
  await assert.rejects(contents(packed), matching(/gzip\.txt\.gz: refused: unpacks to more than 300 times/));
  const nested = await open(t, [path.join(folder, 'nested.zip')], limits);
  assert.deepEqual(await contents(nested), { 'b.txt': 'b' });
  assert.match(nested.remarks.join(), /nested\.zip, in\.zip, a\.txt: refused: unpacks/);
});

test('more entries or bytes in all than the limits allow are refused', async (t) => {
  const file = await write(t, 'x.zip', { 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c'.repeat(100) });

  await refuses(file, /b\.txt: refused: has more than 1 entries|has more than 1 entries/, { ...LIMITS, entries: 1 });
  await refuses(file, /c\.txt: refused: unpacks to more than/, { ...LIMITS, totalBytes: 64 });
});

test('an attachment that cannot be opened is a remark, and the rest is read', async (t) => {
  const encrypted = rawZip([{ name: 'a.txt', content: 'an encrypted secret', size: 7, flags: 1 }]);
  const file = await write(t, 'x.zip', {
    'a.json': '[]',
    'attached.zip': encrypted,
    'broken.zip': 'PK\x03\x04 and no more',
  });

  const archive = await open(t, [file]);

  assert.deepEqual(await contents(archive), { 'a.json': '[]' });
  assert.deepEqual(archive.remarks, [
    `${file}, attached.zip, a.txt: encrypted`,
    `${file}, broken.zip: cut off: it ends before its content does`,
  ]);
});

test('what had to be unpacked is gone when the export is closed, and when the process was killed, with the next one', async (t) => {
  const folder = temporaryFolder(t);
  const spoolFolder = path.join(folder, 'spool');
  const file = await write(t, 'x.zip', { 'in.zip': await zipOf({ 'a.txt': 'a' }) });
  const { pid } = spawnSync(process.execPath, ['--version']);
  mkdirSync(path.join(spoolFolder, `spool-${pid}-dead`), { recursive: true });

  const archive = await openExport([file], { spoolFolder });

  assert.equal(readdirSync(spoolFolder).length, 1);
  archive.close();
  assert.deepEqual(readdirSync(spoolFolder), []);
});

test('a path that is not there, and a zip without entries, are told', async (t) => {
  await refuses('/no/such/file.zip', /\/no\/such\/file\.zip: cannot be read/);

  const archive = await open(t, [await write(t, 'x.zip', {})]);
  assert.deepEqual(archive.entries, []);
});

async function open(t: TestContext, paths: readonly string[], limits = LIMITS) {
  const archive = await openExport(paths, { limits, spoolFolder: temporaryFolder(t) });
  t.after(() => archive.close());
  return archive;
}

async function contents({ entries }: Export): Promise<Record<string, string>> {
  const read: Record<string, string> = {};
  for (const entry of entries) read[entry.path] = await text(await entry.open());
  return read;
}

async function write(t: TestContext, name: string, files: Record<string, string | Buffer>, options = {}) {
  const file = path.join(temporaryFolder(t), name);
  writeFileSync(file, await zipOf(files, options));
  return file;
}

async function refuses(file: string, message: RegExp, limits = LIMITS): Promise<void> {
  await assert.rejects(openExport([file], { limits }), matching(message));
}

function matching(message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  };
}
