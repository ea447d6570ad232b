/** The same posts come out of mails, chats and feeds in whatever the services or a person packed them. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openExport } from '../../../src/archive/container.ts';
import type { Format } from '../../../src/archive/format.ts';
import { whatsapp } from '../../../src/archive/formats/whatsapp.ts';
import { FORMATS } from '../../../src/archive/formats.ts';
import { tarOf, temporaryFolder, zipOf } from '../containers.ts';
import { type Files, fixtureFiles, inMemory, readAll, rowsOf } from '../in-memory-export.ts';

const FIXTURES = [
  'discord',
  'discord-chat-exporter',
  'facebook',
  'facebook-encrypted',
  'gmail',
  'google-chat',
  'hangouts',
  'instagram',
  'instagram-before-2020',
  'telegram',
  'whatsapp',
];
const formatOf = (fixture: string) => FORMATS.find(({ name }) => fixture.startsWith(name))!;

async function opened(t: TestContext, packed: Files) {
  const folder = temporaryFolder(t);
  for (const [name, content] of Object.entries(packed)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const archive = await openExport(
    Object.keys(packed).map((name) => path.join(folder, name)),
    { spoolFolder: path.join(folder, 'spool') },
  );
  t.after(() => archive.close());
  return archive;
}

const sorted = async (format: Format, archive: Parameters<typeof readAll>[1]) =>
  rowsOf(await readAll(format, archive)).toSorted();

for (const fixture of FIXTURES) {
  const [format, files] = [formatOf(fixture), fixtureFiles(fixture)];

  test(`${fixture} as a zip, as two, and as tar.gz, gives what its folder gives`, async (t) => {
    const golden = await sorted(format, inMemory(files));
    const names = Object.keys(files);
    const half = (keep: (index: number) => boolean) =>
      zipOf(Object.fromEntries(names.filter((_, index) => keep(index)).map((name) => [name, files[name]!])));

    assert.ok(golden.length > 0);
    assert.deepEqual(await sorted(format, await opened(t, { 'export.zip': await zipOf(files) })), golden);
    assert.deepEqual(await sorted(format, await opened(t, { 'export.tar.gz': gzipSync(await tarOf(files)) })), golden);
    if (names.length > 1 && fixture !== 'discord') {
      const parts = {
        'export-001.zip': await half((index) => index % 2 === 0),
        'export-002.zip': await half((index) => index % 2 === 1),
      };

      assert.deepEqual(await sorted(format, await opened(t, parts)), golden);
    }
  });

  test(`${fixture} has nothing that others wrote among what is mine`, async () => {
    const { posts } = await readAll(format, inMemory(files));

    // The samples say so of all such text.
    for (const { mine, text } of posts) assert.ok(!mine || !/words of|worte von/i.test(text), text);
  });
}

test('WhatsApp chats in zips of their own keep apart', async (t) => {
  const chat = (name: string) =>
    zipOf({ '_chat.txt': `[28.02.21, 21:58:01] ${name}: hello\n[28.02.21, 21:58:02] Mira Quill: hi\n` });
  const archive = await opened(t, {
    'WhatsApp Chat - Ann.zip': await chat('Ann'),
    'WhatsApp Chat - Bo (1).zip': await chat('Bo'),
  });

  const { posts } = await readAll(whatsapp, archive);

  assert.deepEqual(
    posts.map(({ mine, thread }) => [mine, thread]),
    [
      [false, 'WhatsApp Chat - Ann'],
      [true, 'WhatsApp Chat - Ann'],
      [false, 'WhatsApp Chat - Bo'],
      [true, 'WhatsApp Chat - Bo'],
    ],
  );
});
