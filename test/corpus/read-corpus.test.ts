import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { readCorpus } from '../../src/corpus/read-corpus.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'corpus-'));
after(() => rmSync(folder, { recursive: true }));

function corpusFile(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

test('a JSON lines corpus is read with ids, sources and times', () => {
  const file = corpusFile(
    'full.jsonl',
    '{"id":"1","text":"One.","source":"toot","time":"2024-01-02T03:04:05Z"}\r\n\n{"id":"2","text":"Two.","source":"post"}',
  );

  const documents = readCorpus(file);

  assert.deepEqual(documents, [
    { id: '1', text: 'One.', source: 'toot', time: '2024-01-02T03:04:05Z' },
    { id: '2', text: 'Two.', source: 'post', time: undefined },
  ]);
});

test('a text without an id is named by its content and a text without a source by its file', () => {
  const [first, second] = readCorpus(corpusFile('bare.jsonl', '{"text":"One."}\n{"text":"Two."}\n'));
  const [again] = readCorpus(corpusFile('bare-again.jsonl', '{"text":"Two."}\n'));

  assert.equal(second?.id, again?.id);
  assert.notEqual(first?.id, second?.id);
  assert.equal(first?.source, 'bare.jsonl');
});

test('plain text is one document between blank lines, and keeps its line breaks', () => {
  const documents = readCorpus(corpusFile('plain.txt', '\nA line,\nanother.\n\n \n\nAlone.  \n'));

  assert.deepEqual(
    documents.map(({ text }) => text),
    ['A line,\nanother.', 'Alone.'],
  );
});

test('texts come back as they were written, across the pieces in which a file is read', () => {
  const file = path.join(folder, 'any.jsonl');
  const anyText = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.trim() !== '');
  fc.assert(
    fc.property(fc.array(anyText, { minLength: 1, maxLength: 20 }), (texts) => {
      writeFileSync(file, texts.map((text) => JSON.stringify({ text })).join('\n'));

      assert.deepEqual(
        readCorpus(file).map(({ text }) => text),
        texts,
      );
    }),
    { numRuns: 50 },
  );

  const long = 'é'.repeat(3_000_000);
  writeFileSync(file, `${JSON.stringify({ text: 'short' })}\n${JSON.stringify({ text: long })}\n`);
  assert.equal(readCorpus(file)[1]?.text, long);
});

const broken: readonly [name: string, content: string | Uint8Array, expected: RegExp][] = [
  ['empty.jsonl', '', /empty\.jsonl: expected at least one text, found none/],
  ['empty.txt', '\n \n', /empty\.txt: expected at least one text, found none/],
  ['cut.jsonl', '{"text":"One."}\n{"text":"Tw', /cut\.jsonl:2: expected a JSON object, found "\{"text":"Tw"/],
  ['list.jsonl', '[1]', /list\.jsonl:1: .*expected object/],
  ['no-text.jsonl', '{"id":"1"}', /no-text\.jsonl:1: text: .*expected string/],
  ['blank.jsonl', '{"id":"1","text":" "}', /blank\.jsonl:1: text: text is empty/],
  ['twice.jsonl', '{"id":"1","text":"a"}\n\n{"id":"1","text":"b"}', /twice\.jsonl:3: .*"1" again \(first on line 1\)/],
  ['binary.jsonl', Uint8Array.of(1, 0, 2), /binary\.jsonl:1: expected UTF-8 text, found binary data/],
  ['latin.txt', Uint8Array.of(0x61, 0x0a, 0xe9), /latin\.txt:2: expected UTF-8 text, found other bytes/],
];

for (const [name, content, expected] of broken) {
  test(`${name} is refused in one line that says where`, () => {
    const file = corpusFile(name, content);

    assert.throws(() => readCorpus(file), { name: 'UserError', message: expected });
  });
}

test('a missing corpus is refused with its path', () => {
  assert.throws(() => readCorpus(path.join(folder, 'nowhere.jsonl')), {
    name: 'UserError',
    message: /Cannot read .*nowhere\.jsonl/,
  });
});

test('a folder given for a corpus is refused', () => {
  assert.throws(() => readCorpus(folder), { name: 'UserError', message: /expected a file, found a folder/ });
});
