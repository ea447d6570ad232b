import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withoutLongRows } from '../../src/archive/csv-rows.ts';
import { csv } from '../../src/archive/formats/csv.ts';
import { reddit } from '../../src/archive/formats/reddit.ts';
import { countsOf, inMemory, readAll, rowsOf } from './in-memory-export.ts';

async function filtered(pieces: readonly string[], longest = 60) {
  const long: number[] = [];
  async function* texts() {
    yield* pieces;
  }
  const rows = withoutLongRows(texts(), { delimiter: ',', onLong: (line) => long.push(line), longest });
  return { text: (await Array.fromAsync(rows)).join(''), long };
}

test('a row that is too long is left out, and empty lines stand in its place', async () => {
  const long = `"${'word, "", and\n'.repeat(10)}",end\n`;

  const { text, long: lines } = await filtered([
    `a,b\n1,one\n`,
    long.slice(0, 70),
    long.slice(70),
    '2,"two\ntoo"\n3,x',
  ]);

  assert.equal(text, `a,b\n1,one\n${'\n'.repeat(11)}2,"two\ntoo"\n3,x`);
  assert.deepEqual(lines, [3]);
});

test('where the mark that ends a cell is missing, only that line is lost', async () => {
  const rows = Array.from({ length: 20 }, (_, index) => `${index},number ${index}\n`);

  const { text, long } = await filtered(['a,b\n', 'x,"never closed\n', ...rows]);

  assert.equal(text, `a,b\n\n${rows.join('')}`);
  assert.deepEqual(long, [2]);
});

test('what has no long rows is not changed, wherever it is cut', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.stringMatching(/^[a,"\n\r]{0,8}$/), { maxLength: 12 }), async (pieces) => {
      const { text, long } = await filtered(pieces, 1000);

      assert.equal(text, pieces.join(''));
      assert.deepEqual(long, []);
    }),
  ));

test('whatever a file holds, memory holds one long row at most, and the rows without marks after it are found', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.stringMatching(/^[a,"\n]{0,30}$/), { maxLength: 30 }), async (pieces) => {
      const { text } = await filtered(['a,b\n', ...pieces], 40);

      assert.equal(text.split('\n').length <= ['a,b\n', ...pieces].join('').split('\n').length, true);
    }),
  ));

const LONG = 'word, "" and '.repeat(400_000); // 5 MB

test('tables of one’s own are read beyond a cell of megabytes, which is named by its line', async () => {
  const table = `author,text\nMira,First\nMira,"${LONG}"\nMira,"Last,\nof all"\n`;

  const reading = await readAll(csv(), inMemory({ 'posts.csv': table }), ['Mira']);

  assert.deepEqual(rowsOf(reading), ['mine | Mira | null | First', 'mine | Mira | null | Last,\nof all']);
  assert.deepEqual(
    reading.omissions.map(({ place }) => place),
    ['posts.csv, the row on line 3: longer than a row is, or its quotation mark is missing'],
  );
});

test('tables of a service are read beyond it as well', async () => {
  const row = (id: string, body: string) =>
    `${id},/r/k/comments/a/,2025-05-18 04:35:32 UTC,,k,0,/r/k/comments/a/,,${body},\n`;
  const table = `id,permalink,date,ip,subreddit,gildings,link,parent,body,media\n${row('k1', 'First')}${row('k2', `"${LONG}"`)}${row('k3', 'Last')}`;

  const reading = await readAll(reddit, inMemory({ 'comments.csv': table }), ['mira']);

  assert.deepEqual(
    reading.posts.map(({ text }) => text),
    ['First', 'Last'],
  );
  assert.deepEqual(countsOf(reading), { unreadable: 1 });
});
