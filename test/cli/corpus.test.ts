import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { MOSS, writeMossPosts } from './moss-posts.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const home = mkdtempSync(path.join(tmpdir(), 'corpus-cli-'));
after(() => rmSync(home, { recursive: true }));
const folder = path.join(home, 'personas', 'mira');
mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, 'persona.yaml'), 'name: mira\nmodel: starter\n');
const archive = writeMossPosts(home);

function eidolon(...argv: readonly string[]) {
  return spawnSync(process.execPath, [BIN, ...argv], { encoding: 'utf8', env: { ...process.env, EIDOLON_HOME: home } });
}

test('from an archive to a corpus, what is in it, and a post out of all of it again', () => {
  const added = eidolon('archive', 'add', 'mira', archive, '--me', 'mira');
  assert.equal(added.status, 0, added.stderr);

  const built = eidolon('corpus', 'build', 'mira', '--format', 'csv');
  assert.equal(built.status, 0, built.stderr);
  assert.match(
    built.stdout,
    /personas\/mira\/corpus\.jsonl: 2 documents of 4 texts .*\n {2}left out: .*1 near duplicate\n {2}a near duplicate: .* 80% are in both \(Jaccard similarity 0\.8 or more\)\n/,
  );
  const copy = path.join(home, 'data/corpora/mira/mine.test.csv');
  assert.match(built.stdout, /data\/corpora\/mira\/mine\.test\.csv: 1 text for the test/);
  assert.match(readFileSync(copy, 'utf8'), /^text\r\n/);

  const shown = JSON.parse(eidolon('corpus', 'show', 'mira', '--json', '--seed', '1').stdout);
  assert.equal(shown.documents, 2);
  assert.deepEqual(shown.report.dropped, { 'too short': 1, 'near duplicate': 1 });
  assert.equal(shown.report.changed['personal data'], 1);
  assert.equal(shown.verdict.enough.isGood, false);
  assert.deepEqual(
    shown.nearDuplicates.map(({ text, documents }: { text: string; documents: number }) => [text, documents]),
    [[MOSS, 2]],
  );

  const dropped = eidolon('corpus', 'show', 'mira', '--dropped', '--rule', 'too short').stdout;
  assert.match(dropped, /^too short {2}\S+ {2}lol ok\n$/);

  const page = path.join(home, 'corpus.html');
  assert.equal(eidolon('corpus', 'show', 'mira', '--html', page).status, 0);
  assert.match(readFileSync(page, 'utf8'), /<h1>The corpus mira<\/h1>/);

  assert.equal(eidolon('archive', 'forget', 'mira', MOSS).status, 0);
  const left = ['corpus.jsonl', '../../data/corpora/mira/mine.dropped.jsonl'].map((file) =>
    readFileSync(path.join(folder, file), 'utf8'),
  );
  assert.ok(left.every((text) => !text.includes('three gardeners')));
  assert.ok(!existsSync(copy), 'a copy for other programs is made again by building');
});

test('for people it is lines, for a rule that is none and a corpus that is none a hint', () => {
  assert.match(eidolon('corpus', 'show', 'mira').stdout, /1 documents, [\s\S]*✗ Not enough/);

  const noRule = eidolon('corpus', 'show', 'mira', '--dropped', '--rule', 'nonsense');
  assert.equal(noRule.status, 1);
  assert.match(noRule.stderr, /found "nonsense"\n {2}.*too short/);

  const noCorpus = eidolon('corpus', 'show', 'mira', '--corpus', 'bierce');
  assert.equal(noCorpus.status, 1);
  assert.match(noCorpus.stderr, /corpus build mira/);
});

test('a corpus that somebody wrote is copied for other trainers without being built', () => {
  const ada = path.join(home, 'personas', 'ada');
  mkdirSync(ada);
  writeFileSync(path.join(ada, 'persona.yaml'), 'name: ada\nmodel: starter\ncorpus: texts.txt\n');
  writeFileSync(path.join(ada, 'texts.txt'), 'The engine weaves.\n\nIt weaves algebra.\n');

  const { stdout, status } = eidolon('corpus', 'build', 'ada', '--format', 'jsonl');

  assert.equal(status, 0);
  assert.match(stdout, /^data\/corpora\/ada\/mine\.train\.jsonl: 2 texts to train on\n$/);
  assert.equal(
    readFileSync(path.join(home, 'data/corpora/ada/mine.train.jsonl'), 'utf8'),
    '{"text":"The engine weaves."}\n{"text":"It weaves algebra."}\n',
  );
});
