/** What `corpus build` and `corpus show` are told by flags: each command is a process, so it takes seconds. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readCorpus } from '../../src/corpus/read-corpus.ts';
import { loadTokenizer } from '../../src/model/tokenizer.ts';
import { Terminal } from '../terminal.ts';
import { MOSS, writeMossPosts } from './moss-posts.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const home = mkdtempSync(path.join(tmpdir(), 'corpus-flags-'));
after(() => rmSync(home, { recursive: true }));
mkdirSync(path.join(home, 'personas'));
const archive = writeMossPosts(home);

function eidolon(...argv: readonly string[]) {
  return spawnSync(process.execPath, [BIN, ...argv], { encoding: 'utf8', env: { ...process.env, EIDOLON_HOME: home } });
}

/** The texts of two corpora, as if archives of a persona's had been read. */
function personaWithArchives(name: string): string {
  const own = path.join(home, 'personas', name);
  mkdirSync(own);
  writeFileSync(path.join(own, 'persona.yaml'), `name: ${name}\nmodel: starter\n`);
  const gulls = path.join(home, `gulls-of-${name}-and-of-nobody-else.txt`);
  writeFileSync(gulls, 'Gulls are loud, all of them, and so is the sea.');
  for (const argv of [
    [archive, '--me', 'mira'],
    [gulls, '--author', 'Agnès Day', '--licence', 'public domain'],
  ]) {
    const { status, stderr } = eidolon('archive', 'add', name, ...argv);
    assert.equal(status, 0, stderr);
  }
  return own;
}

test('one corpus is built by its name and the others are not; for programs it is told as JSON, with hashes of its parts', () => {
  const own = personaWithArchives('ines');

  const one = eidolon('corpus', 'build', 'ines', '--corpus', 'agnes-day', '--json');
  const wereBuilt = [existsSync(path.join(own, 'corpora/agnes-day.jsonl')), existsSync(path.join(own, 'corpus.jsonl'))];
  const both = JSON.parse(eidolon('corpus', 'build', 'ines', '--json').stdout);
  const none = eidolon('corpus', 'build', 'ines', '--corpus', 'nobody');
  const shown = JSON.parse(eidolon('corpus', 'show', 'ines', '--corpus', 'agnes-day', '--json').stdout);

  const [built, ...others] = JSON.parse(one.stdout);
  assert.deepEqual([others, wereBuilt], [[], [true, false]]);
  assert.deepEqual(
    [built.file, built.corpus, built.licence, built.documents, built.copies],
    ['personas/ines/corpora/agnes-day.jsonl', 'agnes-day', 'public domain', 1, []],
  );
  for (const part of ['train', 'validation', 'test']) assert.match(built.parts[part].hash, /^[0-9a-f]{64}$/);
  assert.deepEqual(
    both.map(({ corpus, dropped }: { corpus: string; dropped: object }) => [corpus, dropped]),
    [
      ['agnes-day', {}],
      ['mine', { 'too short': 1, 'near duplicate': 1 }],
    ],
  );
  assert.deepEqual(both[0].parts, built.parts);
  assert.equal(none.status, 1);
  assert.match(none.stderr, /agnes-day, mine; found "nobody"/);
  assert.deepEqual([shown.report.owner, shown.documents], [['Agnès Day'], 1]);
});

test('what was left out is listed whole, by one rule, for programs; and where nothing was, that is said', () => {
  const dropped = (...argv: readonly string[]) => eidolon('corpus', 'show', 'ines', ...argv);

  const all = dropped('--dropped').stdout.trimEnd().split('\n');
  const ofRule = dropped('--rule', 'near duplicate');
  const json = dropped('--dropped', '--rule', 'near duplicate', '--json').stdout;
  const nothing = dropped('--corpus', 'agnes-day', '--dropped');

  assert.deepEqual(all.map((line) => line.split('  ')[0]).sort(), ['near duplicate', 'too short']);
  assert.deepEqual(
    ofRule.stdout.trimEnd().split('\n'),
    all.filter((line) => line.startsWith('near duplicate')),
  );
  assert.match(ofRule.stdout, /^near duplicate {2}jsonl:2 \(like jsonl:1\) {2}The moss .* four gardeners /);
  assert.deepEqual(JSON.parse(json), {
    id: 'jsonl:2',
    rule: 'near duplicate',
    text: MOSS.replace('three', 'four'),
    like: 'jsonl:1',
  });
  assert.deepEqual([nothing.status, nothing.stdout, nothing.stderr], [0, '', 'Nothing was left out.\n']);
});

test('tokens are counted as the persona’s model reads them, and where it has none yet they are not told', () => {
  const tokens = () => JSON.parse(eidolon('corpus', 'show', 'ines', '--json').stdout).tokens;
  assert.equal(tokens(), null);
  const model = path.join(home, 'models/starter');
  mkdirSync(model, { recursive: true });
  cpSync(path.resolve(import.meta.dirname, '../../models/starter/tokenizer.json'), path.join(model, 'tokenizer.json'));

  const counted = tokens();

  const tokenizer = loadTokenizer(model);
  const texts = readCorpus(path.join(home, 'personas/ines/corpus.jsonl')).map(({ text }) => text);
  assert.equal(
    counted,
    texts.reduce((sum, text) => sum + tokenizer.encode(text).length, 0),
  );
  assert.match(eidolon('corpus', 'show', 'ines').stdout, new RegExp(`, ${counted} tokens\n`));
});

test('where persona.yaml names another file as its texts, a build says that those go on being learned, and each is shown with its own report', () => {
  const own = path.join(home, 'personas', 'orla');
  personaWithArchives('orla');
  writeFileSync(path.join(own, 'corpus.txt'), 'By hand, and long before there were archives.\n');
  writeFileSync(path.join(own, 'persona.yaml'), 'name: orla\nmodel: starter\ncorpus: corpus.txt\n');

  const built = eidolon('corpus', 'build', 'orla');
  const shown = JSON.parse(eidolon('corpus', 'show', 'orla', '--json').stdout);
  writeFileSync(path.join(own, 'persona.yaml'), 'name: orla\nmodel: starter\ncorpus: corpus.jsonl\n');
  const after = [eidolon('corpus', 'build', 'orla'), eidolon('corpus', 'show', 'orla', '--json')];

  assert.equal(built.status, 0);
  assert.match(
    built.stderr,
    /personas\/orla\/persona\.yaml says `corpus: corpus\.txt`, so orla goes on learning from that one\. To learn from the new one, say `corpus: corpus\.jsonl` there\.\n/,
  );
  assert.deepEqual([shown.documents, shown.report], [1, null]);
  assert.doesNotMatch(after[0]!.stderr, /goes on/);
  assert.equal(JSON.parse(after[1]!.stdout).report.read, 4);
});

test('a corpus that somebody wrote is copied for other trainers by its name where only another one has archives', () => {
  const own = path.join(home, 'personas', 'orla');
  writeFileSync(path.join(own, 'corpora/letters.txt'), 'Dear Orla, it rains.\n\nYours, and wet.\n');

  const copied = eidolon('corpus', 'build', 'orla', '--corpus', 'letters', '--format', 'txt');

  assert.equal(copied.status, 0, copied.stderr);
  assert.match(copied.stdout, /^data\/corpora\/orla\/letters\.train\.txt: [12] texts? to train on\n/);
});

test('on a terminal that is narrower than the list of archives, names of files are cut and no line is broken', async (t) => {
  const terminal = new Terminal([process.execPath, BIN, 'archive', 'list', 'orla'], {
    columns: 96,
    env: { EIDOLON_HOME: home },
  });
  t.after(() => terminal.kill('SIGKILL'));

  await terminal.exit;

  const [headings = '', ...rows] = terminal.screen.trimEnd().split('\n');
  assert.equal(rows.length, 2, terminal.screen);
  assert.match(
    rows.join('\n'),
    /^orla +mine +jsonl +posts\.jsonl +4 +0 +2023-01-02 to 2023-04-02 +20\d\d-\d\d-\d\d\norla +agnes-day +text +gulls-of.*….* +20\d\d-\d\d-\d\d$/,
  );
  assert.equal(headings.indexOf('mine'), rows[0]!.indexOf('4 '));
});
