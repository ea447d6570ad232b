import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { forgetDocuments } from '../../src/corpus/forget-documents.ts';

function fileWith(t: TestContext, name: string, content: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-forget-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

test('documents go from lines of JSON, and the others stay byte for byte', (t) => {
  const file = fileWith(
    t,
    'corpus.jsonl',
    '{ "id":"1", "text":"keep" }\n\n{"id":"2","text":"go"}\nno JSON\n{"text":"keep too"}\n',
  );

  const removed = forgetDocuments(file, ({ id }) => id === '2');

  assert.deepEqual(removed, [{ id: '2', text: 'go' }]);
  assert.equal(readFileSync(file, 'utf8'), '{ "id":"1", "text":"keep" }\n\nno JSON\n{"text":"keep too"}\n');
  assert.deepEqual(readdirSync(path.dirname(file)), ['corpus.jsonl']);
});

test('texts between blank lines go one by one', (t) => {
  const file = fileWith(t, 'corpus.txt', 'first\nand more\n\nsecond\n\nthird\n');

  forgetDocuments(file, ({ text }) => text === 'second');

  assert.equal(readFileSync(file, 'utf8'), 'first\nand more\n\n\nthird\n');
});

test('a file without such a document is not touched', (t) => {
  const file = fileWith(t, 'corpus.jsonl', '{"text":"keep"}');
  const before = statSync(file).mtimeMs;

  assert.deepEqual(
    forgetDocuments(file, () => false),
    [],
  );

  assert.equal(readFileSync(file, 'utf8'), '{"text":"keep"}');
  assert.equal(statSync(file).mtimeMs, before);
});
