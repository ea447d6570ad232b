import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { csvRows } from '../../src/archive/csv-rows.ts';
import { csv } from '../../src/archive/formats/csv.ts';
import { reddit } from '../../src/archive/formats/reddit.ts';
import { countsOf, inMemory, readAll, rowsOf } from './in-memory-export.ts';

async function rowsIn(pieces: readonly string[], { longest = 1 << 20, delimiter = ',' } = {}) {
  async function* texts() {
    yield* pieces;
  }
  const rows = await Array.fromAsync(csvRows(texts(), { delimiter, longest }));
  return rows.map(({ line, cells }) => [line, ...(cells ?? ['unreadable'])]);
}

for (const [what, table, rows] of [
  [
    'cells in marks',
    'a,b\n"1, one","say ""two"""\n"",""\n',
    [
      ['a', 'b'],
      ['1, one', 'say "two"'],
      ['', ''],
    ],
  ],
  ['empty lines', '\n\na\n\n\nb', [['a'], ['b']]],
  [
    'lines that end as on Windows',
    'a,b\r\n1,"two\r\nlines"\r\n',
    [
      ['a', 'b'],
      ['1', 'two\r\nlines'],
    ],
  ],
  [
    'lines that end in CR alone',
    'a,b\r1,"two\rlines"\r2,x',
    [
      ['a', 'b'],
      ['1', 'two\rlines'],
      ['2', 'x'],
    ],
  ],
  [
    'a CR within a line',
    'a,b\n1,x\ry\n',
    [
      ['a', 'b'],
      ['1', 'x\ry'],
    ],
  ],
  ['a byte order mark before a mark', '\ufeff"a",b\n', [['a', 'b']]],
  ['more cells, and fewer, than the heading', 'a,b\n1\n1,2,3\n', [['a', 'b'], ['1'], ['1', '2', '3']]],
  [
    'marks where none should be',
    'a,b\n5" nails,"x"y,"z\n3"" , "q"\n',
    [
      ['a', 'b'],
      ['5" nails', '"x"y', '"z\n3"" , "q"'],
    ],
  ],
] as const) {
  test(`a table is read: ${what}`, async () => {
    assert.deepEqual(
      (await rowsIn([table])).map(([, ...cells]) => cells),
      rows,
    );
  });
}

test('any table comes back as it was written, wherever it is cut', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.stringMatching(/^[a;"\n\r\ufeff]{0,6}$/), { minLength: 2, maxLength: 4 }), { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.nat(100), { maxLength: 8 }),
      async (rows, lineEnd, cuts) => {
        const table = [['head', 'ing'], ...rows]
          .map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(';') + lineEnd)
          .join('');
        const ends = [...cuts.map((cut) => cut % table.length).sort((a, b) => a - b), table.length];
        const pieces = ends.map((end, index) => table.slice(ends[index - 1] ?? 0, end));

        const read = await rowsIn(pieces, { delimiter: ';' });

        assert.deepEqual(
          read.slice(1).map(([, ...cells]) => cells),
          rows,
        );
      },
    ),
  ));

test('a row that is too long is left out, and named by its line', async () => {
  const long = `"${'word, "", and\n'.repeat(10)}",end\n`;

  const rows = await rowsIn(['a,b\n1,one\n', long.slice(0, 70), long.slice(70), '2,"two\ntoo"\n3,x'], { longest: 60 });

  assert.deepEqual(rows, [
    [1, 'a', 'b'],
    [2, '1', 'one'],
    [3, 'unreadable'],
    [14, '2', 'two\ntoo'],
    [16, '3', 'x'],
  ]);
});

for (const [what, longest] of [
  ['in a long table', 60],
  ['in a short one', 1 << 20],
] as const) {
  test(`where the mark that ends a cell is missing, ${what}, only that line is lost`, async () => {
    const rows = Array.from({ length: 20 }, (_, index) => `${index},number ${index}\n`);

    const read = await rowsIn(['a,b\n', 'x,"never closed\n', ...rows], { longest });

    assert.deepEqual(read.slice(0, 4), [
      [1, 'a', 'b'],
      [2, 'unreadable'],
      [3, '0', 'number 0'],
      [4, '1', 'number 1'],
    ]);
    assert.equal(read.length, 22);
  });
}

test('whatever a table holds, in pieces it is the same as whole, and no line comes twice', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.stringMatching(/^[a,"\n\r]{0,30}$/), { maxLength: 30 }), async (pieces) => {
      const rows = await rowsIn(['a,b\n', ...pieces]);

      const lines = rows.map(([line]) => Number(line));
      assert.deepEqual(rows, await rowsIn([['a,b\n', ...pieces].join('')]));
      assert.deepEqual(
        lines,
        [...new Set(lines)].sort((a, b) => a - b),
      );
    }),
  ));

/** Each line leaves a cell open, whether the one before it did or not; or costs a parser the whole of its largest cell. */
const MAD = ['x,"', '"a', '"a,', 'a"b,"c\n', '"",', '"\n', '"""\n', ',"\n', 'a,"""\n', 'a"b,"c","d""\n', '\r', '"\r'];

for (const unit of MAD) {
  test(`a table of nothing but ${JSON.stringify(unit)} is read in its time`, async () => {
    const chunk = unit.repeat(Math.ceil(65_536 / unit.length));
    const start = process.cpuUsage();

    await rowsIn(['a,b\n', ...Array(8).fill(chunk)], { longest: 1 << 16 });

    assert.ok(process.cpuUsage(start).user < 5_000_000); // microseconds; of the processor, as a busy machine waits
  });
}

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

test('a table of megabytes whose lines end in CR alone is read', async () => {
  const rows = Array.from(
    { length: 4500 },
    (_, index) => `Mira,Number ${index} of all of them${' and more'.repeat(120)}`,
  );
  const table = ['author,text', ...rows, 'Mira,"Last,\rof all"'].join('\r');

  const { posts, omissions } = await readAll(csv(), inMemory({ 'posts.csv': table }), ['Mira']);

  assert.ok(table.length > 4 << 20);
  assert.deepEqual([posts.length, omissions], [4501, []]);
  assert.equal(posts.at(-1)?.text, 'Last,\rof all');
});
