import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, test } from 'node:test';
import { quantizeModel } from '../../src/model/quantization/quantize-model.ts';
import { listDrafts } from '../../src/queue/draft.ts';
import { openStore, storeFile } from '../../src/store/store.ts';
import { toyHome, writePersona } from '../daemon/toy-home.ts';
import { quickerInEightBits } from '../model/quantization/quicker-in-eight-bits.ts';
import { writeRandomModel } from '../model/random-model.ts';
import { Terminal, type TerminalOptions } from '../terminal.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');

const prepared = toyHome();
writePersona(prepared, 'ada');
let home: string;
const newHome = () => {
  const folder = mkdtempSync(path.join(prepared, 'home-'));
  for (const part of ['models', 'personas'])
    cpSync(path.join(prepared, part), path.join(folder, part), { recursive: true });
  return folder;
};
beforeEach(() => {
  home = newHome();
});

const write = (argv: readonly string[] = [], options: TerminalOptions = {}) =>
  new Terminal([process.execPath, BIN, 'write', 'ada', 'sea', ...argv], {
    ...options,
    env: { EIDOLON_HOME: home, ...options.env },
  });

function eidolon(argv: readonly string[], input = '') {
  const options = { encoding: 'utf8', input, env: { ...process.env, EIDOLON_HOME: home } } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, 'write', ...argv], options);
  return { status, stdout, stderr };
}

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const logFile = () => path.join(home, 'data', 'writings', 'ada', 'sea.jsonl');
const turnsIn = (file: string) => lines(readFileSync(file, 'utf8')).map(({ turn }) => turn);

const FRESH = ['--prompt', 'The sea', '--seed', '7'];
/** What a state on the screen ends with, when the model has answered. */
const READY = /^ 1 {2}[\s\S]*─\n (?!Writing)/m;

/** Takes, types, goes back, branches, walks. */
async function script(terminal: Terminal): Promise<void> {
  await terminal.shows(READY);
  terminal.type('1');
  await terminal.shows(/2 nodes[\s\S]*^ 1 {2}/m);
  terminal.type('t');
  await terminal.shows(/Enter adds it/);
  terminal.type('But no.\r');
  await terminal.shows(/3 nodes[\s\S]*But no\.[\s\S]*^ 1 {2}/m);
  terminal.type('b');
  await terminal.shows(/(?<!But no\.[\s\S]*)─\n prompt/);
  terminal.type('2');
  await terminal.shows(/4 nodes[\s\S]*^ 1 {2}/m);
  terminal.type('g');
  await terminal.shows(/paragraph ·/);
  terminal.type('w');
  await terminal.shows(/Enter go there/);
  terminal.type('q');
  assert.equal((await terminal.exit).exitCode, 0);
}

test('a script of keys writes a story that exports to the same bytes twice, and the model writes again what it offered', async () => {
  const exports: string[][] = [];
  for (const _ of ['once', 'twice']) {
    home = newHome();
    await script(write(FRESH));
    const markdown = eidolon(['export', 'ada', 'sea']);
    const page = eidolon(['export', 'ada', 'sea', '--html']);
    assert.deepEqual([markdown.status, page.status], [0, 0], markdown.stderr);
    exports.push([markdown.stdout, page.stdout, JSON.stringify(turnsIn(logFile()))]);
  }

  assert.deepEqual(exports[0], exports[1]);
  assert.match(exports[0]![0]!, /No text added by a person after the prompt\.\n$/);
  const typed = eidolon(['export', 'ada', 'sea', '--node', '2']);
  assert.match(typed.stdout, /\*\*But no\.\*\*/);
  assert.doesNotMatch(typed.stdout, /No text added/);
  assert.match(eidolon(['replay', 'ada', 'sea']).stdout, /^(\d+) of \1 offers are written again/);
});

test('it goes on where it was left, and Ctrl-C leaves at every point', async () => {
  const first = write(FRESH);
  await first.shows(READY);
  first.type('1');
  await first.shows(/2 nodes[\s\S]*^ 1 {2}/m);
  first.type('tHalf a wo');
  await first.shows(/Half a wo█/);
  first.type('\x03');
  assert.equal((await first.exit).exitCode, 0);

  const again = write();
  await again.shows(/2 nodes[\s\S]*^ 1 {2}/m);
  again.type('m\x03');
  assert.equal((await again.exit).exitCode, 0);

  assert.deepEqual(
    turnsIn(logFile())
      .map((turn) => turn.do)
      .slice(0, 4),
    ['begin', 'offer', 'take', 'offer'],
  );
});

test('a process that is killed loses nothing but the turn that was not finished', async () => {
  const terminal = write(FRESH);
  await terminal.shows(READY);
  terminal.type('1');
  await terminal.shows(/2 nodes[\s\S]*^ 1 {2}/m);
  terminal.kill('SIGKILL');
  await terminal.exit;
  appendFileSync(logFile(), '{"at":"2026-01-02T03:04:05.000Z","after":"ab');

  const again = write();
  await again.shows(/The last turn was cut off/);
  again.type('q');
  await again.exit;

  assert.deepEqual(
    turnsIn(logFile()).map((turn) => turn.do),
    ['begin', 'offer', 'take', 'offer'],
  );
});

test('e changes the text in $EDITOR, and what was put in is told apart', async () => {
  const editor = path.join(home, 'editor.sh');
  writeFileSync(editor, `#!/bin/sh\nprintf 'My own sea' > "$1"\n`);
  chmodSync(editor, 0o755);
  const terminal = write(FRESH, { env: { EDITOR: editor } });
  await terminal.shows(READY);

  terminal.type('e');
  await terminal.shows(/2 nodes[\s\S]*^ 1 {2}/m);
  terminal.type('q');
  await terminal.exit;

  const { text, segments } = JSON.parse(eidolon(['export', 'ada', 'sea', '--json']).stdout);
  assert.equal(text, 'My own sea');
  assert.deepEqual(
    segments.map(({ text, origin }: { text: string; origin: { by: string } }) => [origin.by, text]),
    [
      ['edited', 'My own '],
      ['prompt', 'sea'],
    ],
  );
});

test('a novel that is pasted is taken whole, with its lines, and presses no keys', async () => {
  const novel = Array.from({ length: 3000 }, (_, line) => `q ${line} The gulls, again.`);
  const terminal = write(FRESH);
  await terminal.shows(READY);

  terminal.type('t');
  await terminal.shows(/Enter adds it/);
  terminal.type(`\x1b[200~${novel.join('\r')}\x1b[201~`);
  await terminal.shows(/q 2999 The gulls, again\.█/);
  terminal.type('\r');
  await terminal.shows(/2 nodes[\s\S]*^ 1 {2}/m);
  terminal.type('q');
  await terminal.exit;

  const typed = turnsIn(logFile()).find((turn) => turn.do === 'type');
  assert.equal(typed.text, ` ${novel.join('\n')}`);
});

test('in 40 columns everything is there', async () => {
  const terminal = write(FRESH, { columns: 40, rows: 24 });
  const shown = await terminal.shows(READY);

  assert.match(shown, /The sea/);
  assert.match(shown, /q leave/);
  terminal.type('q');
  await terminal.exit;
});

test('a program writes by lines on stdin, and is told what was no turn', () => {
  const input = [
    '{"do":"take","choice":1}',
    '',
    'rubbish',
    '{"do":"type","text":"\\u001b[31m \\u0007"}',
    '{"do":"type","text":"   "}',
    '{"do":"take","choice":8}',
    '{"do":"set","grain":"clause","sampling":{"temperature":0.2}}',
    '{"do":"type","text":"Море 海."}',
    '{"do":"back"}',
    '{"do":"go","node":99}',
    '{"do":"more"}',
  ].join('\n');

  const { status, stdout, stderr } = eidolon(['ada', 'sea', '--json', ...FRESH], input);

  const told = lines(stdout);
  assert.equal(status, 1);
  assert.match(stderr, /4 lines were no turns/);
  assert.deepEqual(
    told.map(({ node, error, line }) => node ?? [line, error.slice(0, 20)]),
    [
      0,
      1,
      [3, 'expected a turn as J'],
      2,
      [5, 'expected some words,'],
      [6, 'expected a choice fr'],
      2,
      3,
      2,
      [10, 'expected a node from'],
      2,
    ],
  );
  assert.match(told[3].text, /\[31m$/);
  assert.match(told[7].text, / Море 海\.$/);
  assert.deepEqual([told[6].grain, told[6].sampling.temperature], ['clause', 0.2]);
});

test('without a terminal and without --json it says what to do; a second writer and a bad name are refused', async () => {
  const bare = eidolon(['ada', 'sea']);
  const named = eidolon(['ada', '../sea', '--json']);
  const terminal = write(FRESH);
  await terminal.shows(READY);
  const second = eidolon(['ada', 'sea', '--json']);
  terminal.type('q');
  await terminal.exit;
  const begunTwice = eidolon(['ada', 'sea', '--json', '--prompt', 'Again']);
  const missing = eidolon(['export', 'ada', 'lake']);

  assert.deepEqual(
    [bare, named, second, begunTwice, missing].map(({ status }) => status),
    [1, 1, 1, 1, 1],
  );
  assert.match(bare.stderr, /eidolon write expected a terminal, found none[\s\S]*--json/);
  assert.match(named.stderr, /expected a name of letters/);
  assert.match(second.stderr, /is being written by process \d+/);
  assert.match(begunTwice.stderr, /sea has begun already/);
  assert.match(missing.stderr, /expected a piece of ada's called "lake", found sea/);
});

test('a log that was changed by hand proves nothing, and says so', () => {
  eidolon(['ada', 'sea', '--json', ...FRESH], '{"do":"take","choice":1}\n');
  writeFileSync(logFile(), readFileSync(logFile(), 'utf8').replace('The sea', 'The sky'));

  const { status, stdout, stderr } = eidolon(['export', 'ada', 'sea']);

  assert.equal(status, 0);
  assert.match(stderr, /Line 2 of the log does not follow/);
  assert.doesNotMatch(stdout, /No text added/);
  assert.equal(eidolon(['replay', 'ada', 'sea']).status, 1, 'the model writes otherwise after another prompt');
});

test('what eight bits wrote says so in the log, and is written again by them; where they are gone, how to have them again is said', async () => {
  const made = await quickerInEightBits(path.join(home, 'models', 'toy'));
  eidolon(['ada', 'sea', '--json', ...FRESH], '{"do":"take","choice":1}\n');
  const offers = turnsIn(logFile()).filter((turn) => turn.do === 'offer');
  const replayed = eidolon(['replay', 'ada', 'sea', '--json']);
  await quantizeModel(path.join(home, 'models', 'toy'), { bits: 8, symmetric: false });
  const madeAgain = eidolon(['replay', 'ada', 'sea', '--json']);
  rmSync(made, { recursive: true });
  const without = eidolon(['replay', 'ada', 'sea']);
  writeRandomModel(path.join(home, 'models', 'toy'), { seed: 2 });
  const other = eidolon(['replay', 'ada', 'sea']);

  assert.deepEqual([...new Set(offers.map(({ bits }) => bits))], [8]);
  const { offers: all, same } = JSON.parse(replayed.stdout);
  assert.deepEqual([all, same], [offers.length, offers.length]);
  assert.deepEqual([...new Set(offers.map(({ bitsHash }) => typeof bitsHash))], ['string']);
  assert.equal(madeAgain.status, 0, madeAgain.stderr);
  const { same: _, ...others } = JSON.parse(madeAgain.stdout);
  assert.deepEqual(others, { offers: all, otherWeights: all, different: [] });
  assert.match(without.stderr, /in 8 bits, found none[\s\S]*eidolon model quantize toy --bits 8/);
  assert.match(other.stdout, new RegExp(`${offers.length} are by other weights than are there now`));
});

test('a finished piece becomes a draft once; one that is too long is refused', async () => {
  eidolon(['ada', 'sea', '--json', ...FRESH], '{"do":"take","choice":1}\n{"do":"type","text":"The end."}\n');
  const queued = eidolon(['queue', 'ada', 'sea', '--json']);
  const again = eidolon(['queue', 'ada', 'sea']);
  eidolon(['ada', 'sea', '--json'], `${JSON.stringify({ do: 'type', text: 'On and on. '.repeat(100) })}\n`);
  const long = eidolon(['queue', 'ada', 'sea']);

  assert.equal(queued.status, 0, queued.stderr);
  const store = openStore(storeFile(home));
  const [draft] = await listDrafts(store);
  await store.close();
  assert.equal(draft?.id, JSON.parse(queued.stdout).draft);
  assert.deepEqual([draft?.status, draft?.provenance, draft?.origin], ['pending', 'own', 'write:sea/2']);
  assert.match(draft?.candidates[0]?.text ?? '', /^The sea[\s\S]* The end\.$/);
  assert.match(again.stderr, /is draft 1 already/);
  assert.match(long.stderr, /expected 1 to 500 characters/);
  assert.ok(existsSync(logFile()));
});
