/** The same posts come out of whatever a service, a browser or a person packed them in. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openExport } from '../../../src/archive/container.ts';
import type { Format } from '../../../src/archive/format.ts';
import { blogger } from '../../../src/archive/formats/blogger.ts';
import { mastodon } from '../../../src/archive/formats/mastodon.ts';
import { reddit } from '../../../src/archive/formats/reddit.ts';
import { tumblr } from '../../../src/archive/formats/tumblr.ts';
import { wordpress } from '../../../src/archive/formats/wordpress.ts';
import { x } from '../../../src/archive/formats/x.ts';
import { tarOf, temporaryFolder, zipOf } from '../containers.ts';
import { type Files, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';

const within = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]));

const expected = async (format: Format, files: Files, me: readonly string[] = []) =>
  rowsOf(await readAll(format, inMemory(files), me)).toSorted();

async function rowsIn(t: TestContext, format: Format, packed: Record<string, Buffer>, me: readonly string[] = []) {
  const folder = temporaryFolder(t);
  const files = Object.entries(packed).map(([name, content]) => {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    return file;
  });
  const archive = await openExport(files, { spoolFolder: path.join(folder, 'spool') });
  t.after(() => archive.close());
  assert.ok(await format.detect(archive));
  return rowsOf(await readAll(format, archive, me)).toSorted();
}

test('Mastodon as tar.gz, as until 4.2, and as zip', async (t) => {
  const files = fixtureFiles('mastodon');
  const golden = await expected(mastodon, files);

  assert.deepEqual(await rowsIn(t, mastodon, { 'archive-2020.tar.gz': gzipSync(await tarOf(files)) }), golden);
  assert.deepEqual(await rowsIn(t, mastodon, { 'archive-2024.zip': await zipOf(files) }), golden);
});

test('X as one zip, and as two of which the account is in only one', async (t) => {
  const { 'data/account.js': account, 'data/manifest.js': manifest, ...rest } = fixtureFiles('x');
  const golden = await expected(x, fixtureFiles('x'));

  assert.deepEqual(
    await rowsIn(t, x, { 'twitter-2024.zip': await zipOf(within('twitter-2024', fixtureFiles('x'))) }),
    golden,
  );
  assert.deepEqual(
    await rowsIn(t, x, {
      'twitter-part1.zip': await zipOf(rest),
      'twitter-part2.zip': await zipOf({ 'data/account.js': account!, 'data/manifest.js': manifest! }),
    }),
    golden,
  );
});

test('WordPress as a zip of split files, and a packed one', async (t) => {
  const files = fixtureFiles('wordpress');
  const [, old = ''] = Object.keys(files);

  assert.deepEqual(
    await rowsIn(t, wordpress, { 'site.zip': await zipOf(files) }, ['mira']),
    await expected(wordpress, files, ['mira']),
  );
  assert.deepEqual(
    await rowsIn(t, wordpress, { 'site.xml.gz': gzipSync(files[old]!) }),
    await expected(wordpress, { [old]: files[old]! }),
  );
});

test('Tumblr with the zip of pages that lies within its zip', async (t) => {
  const { 'posts/posts_index.html': index, ...pages } = fixtureFiles('tumblr');
  const inner = await zipOf(
    Object.fromEntries(Object.entries(pages).map(([name, page]) => [name.replace('posts/', ''), page])),
  );

  assert.deepEqual(
    await rowsIn(t, tumblr, {
      'export.zip': await zipOf({ 'posts/posts.zip': inner, 'posts/posts_index.html': index! }),
    }),
    await expected(tumblr, fixtureFiles('tumblr')),
  );
});

test('Blogger and Reddit as zips', async (t) => {
  const feeds = fixtureFiles('blogger');
  const tables = fixtureFiles('reddit');

  assert.deepEqual(await rowsIn(t, blogger, { 'takeout.zip': await zipOf(feeds) }), await expected(blogger, feeds));
  assert.deepEqual(
    await rowsIn(t, reddit, { 'export_mira_quill_20250601.zip': await zipOf(tables) }),
    await expected(reddit, tables),
  );
});
