import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { corporaOf } from '../../src/corpus/corpora.ts';
import { WXR_FILE, writeArchives, X_FOLDER } from '../../src/corpus/dictionary-archives.ts';
import { readCorpus } from '../../src/corpus/read-corpus.ts';
import { splitCorpus } from '../../src/corpus/split-corpus.ts';
import { loadPersona } from '../../src/persona/load-persona.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const ambrose = loadPersona(path.join(ROOT, 'personas/ambrose'));
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
  assert.equal(corpus.length, 997);
  for (const { id, text } of corpus) assert.doesNotMatch(text, /[_{}]| {2}|\[sic\]|--|\n{3}|^\s|\s$/, id);
});

test('each part of its split has texts', () => {
  const { train, validation, test: held } = splitCorpus(corpus);

  assert.deepEqual([train.length, validation.length, held.length], [897, 50, 50]);
});

test('whose it is and its licence are noted', () => {
  const [mine] = corporaOf(ambrose);

  assert.deepEqual([mine?.name, mine?.owner[0], mine?.licence], ['mine', 'Ambrose Bierce', 'public domain']);
});

/** Two of its entries stood in the source twice: the second time where a post is missing in its times, one every eight hours. */
const TWICE = [
  { word: 'PRECIPITATE', time: '2025-08-04T16:30:00.000Z' },
  { word: 'PRECEDENT', time: '2025-11-23T08:30:00.000Z' },
].map(({ word, time }) => ({ text: corpus.find(({ text }) => wordOf(text) === word)!.text, time }));

test('it is, with its report and to the byte, what a blog’s export and an X archive of its texts give by the commands that a user types', (t) => {
  const home = mkdtempSync(path.join(tmpdir(), 'eidolon-ambrose-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const folder = path.join(home, 'personas/ambrose');
  for (const file of ['persona.yaml', 'prompts.txt']) cpSync(path.join(ambrose.folder, file), path.join(folder, file));
  writeFileSync(path.join(folder, 'corpus.jsonl'), '{"text":"What was there before."}\n');
  writeArchives(
    home,
    [...corpus, ...TWICE].map(({ text, time = '' }) => ({ text, time: new Date(time) })),
  );
  const eidolon = (...argv: readonly string[]) => {
    const env = { ...process.env, EIDOLON_HOME: home };
    const { status, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'bin/eidolon.js'), ...argv], {
      cwd: home,
      env,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  };

  const owner = ['--me', 'Ambrose Bierce', '--licence', 'public domain'];
  eidolon('archive', 'add', 'ambrose', WXR_FILE, X_FOLDER, ...owner);
  eidolon('corpus', 'build', 'ambrose', '--replace');

  for (const file of ['corpus.jsonl', 'corpus.report.json']) {
    const [made, shipped] = [folder, ambrose.folder].map((where) => readFileSync(path.join(where, file), 'utf8'));
    assert.equal(made, shipped, file);
  }
});
