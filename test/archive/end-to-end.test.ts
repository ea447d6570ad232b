/** A sample of every format by the commands that a person types: what others wrote never becomes words to learn. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { corpusFiles } from '../../src/corpus/corpus-files.ts';
import type { Document } from '../../src/corpus/document.ts';
import { readCorpus } from '../../src/corpus/read-corpus.ts';
import { readDropped } from '../../src/corpus/read-dropped.ts';
import { zipOf } from './containers.ts';
import { SAMPLES } from './samples.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-every-format-'));
after(() => rmSync(home, { recursive: true }));

const OF_AN_AUTHOR = ['epub', 'html'];
const samples = SAMPLES.flatMap((of) => of.samples);
/** One file for each, and not numbered: those would be parts of one export. */
const files = samples.map(({ title }) => ({ name: `${title.replace(/, \d/, '-too')}.zip` }));

function eidolon(...argv: readonly string[]): string {
  const bin = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...argv], {
    cwd: home,
    encoding: 'utf8',
    env: { ...process.env, EIDOLON_HOME: home },
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

function corpus(name: string) {
  const { documents, dropped } = corpusFiles({ home, folder: path.join(home, 'personas/mira'), corpus: name });
  return { documents: readCorpus(documents), dropped: [...readDropped(dropped)] };
}

interface Added {
  readonly format: string;
  readonly name: string;
  readonly mine: number;
}

let added: readonly Added[] = [];

before(async () => {
  mkdirSync(path.join(home, 'personas/mira'), { recursive: true });
  writeFileSync(path.join(home, 'personas/mira/persona.yaml'), 'name: mira\nmodel: toy\n');
  for (const [index, sample] of samples.entries()) {
    writeFileSync(path.join(home, files[index]!.name), await zipOf(sample.files));
  }
  const isAuthors = (index: number) => OF_AN_AUTHOR.includes(samples[index]!.format.name);
  const namesOf = (authors: boolean) =>
    files.filter((_, index) => isAuthors(index) === authors).map(({ name }) => name);
  const me = [...new Set(samples.flatMap((sample) => sample.me))];
  const own = eidolon('archive', 'add', 'mira', ...namesOf(false), '--me', ...me, '--include', 'private', '--json');
  const read = eidolon('archive', 'add', 'mira', ...namesOf(true), '--author', 'Ada Marsh', '--json');
  added = [...JSON.parse(own).archives, ...JSON.parse(read).archives];
  eidolon('corpus', 'build', 'mira');
});

test('each is told from all others and read whole', () => {
  assert.deepEqual(
    added.map(({ format, name, mine }) => [name, format, mine]).toSorted(),
    samples.map(({ format, mine }, index) => [files[index]!.name, format.name, mine]).toSorted(),
  );
});

test('no line by others is among the texts to learn or among those left out of them, and each format has some of its own', () => {
  const [mine, authors] = [corpus('mine'), corpus('ada-marsh')];

  const texts = [...mine.documents, ...mine.dropped, ...authors.documents, ...authors.dropped];
  for (const { text } of texts) {
    assert.match(text, /lantern/i);
    assert.doesNotMatch(text, /magpie/i);
  }
  const sources = texts.map(({ id }) => id.split(':')[0]);
  assert.deepEqual([...new Set(sources)].toSorted(), SAMPLES.map(({ name }) => name).toSorted());
});

test('what others wrote stays as what is answered, said to be another’s', () => {
  const { documents } = corpus('conversations');

  const turns = documents.flatMap((document: Document) => document.context ?? []);
  assert.ok(turns.some(({ text }) => /magpie/i.test(text)));
  for (const { by, text } of turns) assert.equal(by, /magpie/i.test(text) ? 'another' : 'me', text);
  for (const { text } of documents) assert.doesNotMatch(text, /magpie/i);
});
