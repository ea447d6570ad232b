import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { detectFormats } from '../../src/archive/detect-formats.ts';
import { FORMATS } from '../../src/archive/formats.ts';
import { writtenFormats } from '../../src/archive/written-formats.ts';
import { UserError } from '../../src/errors.ts';
import { type Files, fixtureFiles, inMemory, readAll, rowsOf } from './in-memory-export.ts';

const FIXTURES = readdirSync(path.join(import.meta.dirname, 'fixtures'));
/** `x` for `x-before-2018`: the longest name of a format that the fixture's begins with. */
const formatOf = (fixture: string) =>
  FORMATS.filter(({ name }) => fixture.startsWith(name)).sort((a, b) => b.name.length - a.name.length)[0];

const under = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [folder + name, content]));
const detected = async (files: Files) => {
  const archive = { ...inMemory(files), remarks: [], close: () => {} };
  return (await detectFormats(archive)).map(({ name }) => name);
};

for (const fixture of FIXTURES) {
  test(`${fixture} is told from every other export, also in wrapper folders`, async () => {
    const expected = [formatOf(fixture)?.name];

    assert.deepEqual(await detected(fixtureFiles(fixture)), expected);
    assert.deepEqual(await detected(under('my exports/2024/', fixtureFiles(fixture))), expected);
  });
}

test('exports of all services in one folder are told apart, and each reads as it does alone', async () => {
  const fixtures = FIXTURES.filter((fixture) => formatOf(fixture)?.name === fixture);
  const all = Object.assign({}, ...fixtures.map((fixture) => under(`${fixture}/`, fixtureFiles(fixture))));
  const mixed = inMemory(all);

  assert.deepEqual((await detected(all)).sort(), fixtures.sort());
  for (const fixture of fixtures) {
    const format = formatOf(fixture)!;
    const alone = inMemory(fixtureFiles(fixture));

    assert.deepEqual(await format.owner(mixed), await format.owner(alone));
    const rows = [mixed, alone].map(async (archive) =>
      rowsOf(await readAll(format, archive, await format.owner(alone))),
    );
    assert.deepEqual((await rows[0])?.sort(), (await rows[1])?.sort(), fixture);
  }
});

test('every format has a name of its own', () => {
  const all = [...FORMATS, ...writtenFormats()];

  assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
  for (const { name } of all) assert.match(name, /^[a-z-]+$/);
});

test('docs/archives.md says of every format where to ask for it and what to drop here, and of nothing else', () => {
  const docs = readFileSync(path.resolve(import.meta.dirname, '../../docs/archives.md'), 'utf8');
  const cells = (row: string) =>
    row
      .replaceAll(/[`*]/g, '')
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const [heading, , ...rows] = docs
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map(cells);

  const told = [...FORMATS, ...writtenFormats()].flatMap(({ sources }) =>
    sources.map(({ service, where, drop }) => [service, where, drop]),
  );

  assert.deepEqual(heading, ['of', 'where to ask', 'what to drop here']);
  assert.deepEqual(rows.toSorted(), told.toSorted());
  for (const row of told) for (const cell of row) assert.notEqual(cell, '');
});

test('what is no export is refused in one line that says what was looked for and what is there', async () => {
  const files = { 'a.bin': 'x', 'b.bin': 'x', 'c.bin': 'x', 'd.bin': 'x' };

  await assert.rejects(detected(files), (error) => {
    assert.ok(error instanceof UserError && error.hint);
    assert.match(error.message, /^export: expected .* \(.*mastodon.*\), found a\.bin, b\.bin, c\.bin and 1 more$/);
    return true;
  });
});
