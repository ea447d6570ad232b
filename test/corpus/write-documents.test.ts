import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { writeLines } from '../../src/corpus/write-documents.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'write-documents-'));
after(() => rmSync(folder, { recursive: true }));

test('a file is written whole, for its owner alone, with the folders that it lies in', () => {
  const file = path.join(folder, 'a/b/corpus.jsonl');
  const lines = Array.from({ length: 300 }, (_, n) => `${'moss '.repeat(1000)}${n}\n`);

  writeLines(file, lines);

  assert.equal(readFileSync(file, 'utf8'), lines.join(''));
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('a path that cannot be written is refused in one line, and nothing is left beside it', () => {
  mkdirSync(path.join(folder, 'c/taken'), { recursive: true });
  writeFileSync(path.join(folder, 'c/file'), 'kept');

  for (const [name, found] of [
    ['c/taken', 'a folder'],
    ['c/file/page.html', 'a file where a folder should be'],
  ] as const) {
    const file = path.join(folder, name);
    assert.throws(() => writeLines(file, ['x']), {
      name: 'UserError',
      message: `${file}: expected a file that can be written, found ${found}`,
    });
  }
  assert.deepEqual(readdirSync(path.join(folder, 'c')).sort(), ['file', 'taken']);
  assert.equal(readFileSync(path.join(folder, 'c/file'), 'utf8'), 'kept');
});

/** Runs a line with a limit of 8 kB on a file's size, which stands in for the disk's end: the same short write, then a failed one. */
function onFullDisk(module: string, line: string): string {
  const program = `import('${path.resolve(import.meta.dirname, '../../src/corpus', module)}').then((all) => { ${line} }).catch((error) => console.log(error.name, error.message))`;
  const argv = ['-c', 'ulimit -f 8; exec "$0" "$@"', process.execPath, '-e', program];
  return spawnSync('bash', argv, { encoding: 'utf8', env: { ...process.env, NODE_COMPILE_CACHE: '' } }).stdout;
}

test('where the disk is full, what was there stays as it was, and nothing is cut short in silence', () => {
  const file = path.join(folder, 'd/corpus.jsonl');
  const lines = Array.from({ length: 30 }, (_, n) => `{"id":"${n}","text":"${'moss '.repeat(200)}"}\n`);
  writeLines(file, lines);

  const written = onFullDisk('write-documents.ts', `all.writeLines('${file}', ['x'.repeat(1 << 20)])`);
  const forgotten = onFullDisk('forget-documents.ts', `all.forgetDocuments('${file}', ({ id }) => id === '0')`);

  for (const said of [written, forgotten]) {
    assert.match(said, /^UserError .*corpus\.jsonl: expected a file that can be written, found /);
  }
  assert.deepEqual(readdirSync(path.dirname(file)), ['corpus.jsonl']);
  assert.equal(readFileSync(file, 'utf8'), lines.join(''));
});

test('where lines break off, what was there stays as it was', () => {
  const file = path.join(folder, 'e/corpus.jsonl');
  writeLines(file, ['old\n']);
  const broken = (function* () {
    yield 'new\n';
    throw new Error('broken off');
  })();

  assert.throws(() => writeLines(file, broken), /broken off/);
  assert.deepEqual([readdirSync(path.dirname(file)), readFileSync(file, 'utf8')], [['corpus.jsonl'], 'old\n']);
});
