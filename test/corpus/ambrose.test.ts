import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { readCorpus } from '../../src/corpus/read-corpus.ts';
import { splitCorpus } from '../../src/corpus/split-corpus.ts';
import { loadPersona } from '../../src/persona/load-persona.ts';

const ambrose = loadPersona(path.resolve(import.meta.dirname, '../../personas/ambrose'));
const corpus = readCorpus(ambrose.corpusFile ?? '');
const wordOf = (entry: string) => entry.split(/[,.? ]/)[0];

test('the example persona defines words that its corpus does not', () => {
  const defined = new Set(corpus.map(({ text }) => wordOf(text)));

  assert.ok(ambrose.prompts.length >= 60);
  assert.deepEqual(
    ambrose.prompts.filter((prompt) => defined.has(wordOf(prompt))),
    [],
  );
});

test('its corpus is set like posts: no marks of the transcriber, no wrapping, no doubled spaces', () => {
  assert.equal(corpus.length, 999);
  for (const { id, text } of corpus) assert.doesNotMatch(text, /[_{}]| {2}|\[sic\]|--|\n{3}|^\s|\s$/, id);
});

test('each part of its split has texts', () => {
  const { train, validation, test: held } = splitCorpus(corpus);

  assert.deepEqual([train.length, validation.length, held.length], [880, 61, 58]);
});
