import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, test } from 'node:test';
import { decidedTexts } from '../../src/learning/adapter/taught-texts.ts';
import { openStore, storeFile } from '../../src/store/store.ts';
import { toyHome, writePersona } from '../daemon/toy-home.ts';
import { quickerInEightBits } from '../model/quantization/quicker-in-eight-bits.ts';
import { Terminal, type TerminalOptions } from '../terminal.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');

const prepared = toyHome();
writePersona(prepared, 'ada');
let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(prepared, 'home-'));
  for (const part of ['models', 'personas'])
    cpSync(path.join(prepared, part), path.join(home, part), { recursive: true });
});

const chat = (argv: readonly string[] = [], options: TerminalOptions = {}) =>
  new Terminal([process.execPath, BIN, 'chat', 'ada', 'tea', ...argv], {
    ...options,
    env: { EIDOLON_HOME: home, ...options.env },
  });

function eidolon(argv: readonly string[], input = '') {
  const options = { encoding: 'utf8', input, env: { ...process.env, EIDOLON_HOME: home } } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, 'chat', ...argv], options);
  return { status, stdout, stderr };
}

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const asInput = (...turns: readonly object[]) => turns.map((turn) => `${JSON.stringify(turn)}\n`).join('');
const logFile = () => path.join(home, 'data', 'chats', 'ada', 'tea.jsonl');
const turnsIn = (file: string) => lines(readFileSync(file, 'utf8')).map(({ turn }) => turn);

const ASKS = /You: █/;
/** Replies are there, and nothing is being done. */
const OFFERS = /^ 1 {2}[\s\S]*─\n[\s\S]*1–9 pick/m;

test('a conversation is held with keys, and goes on where it was left', async () => {
  const terminal = chat(['--seed', '7']);
  await terminal.shows(ASKS);
  terminal.type('What is the sea?\r');
  await terminal.shows(OFFERS);
  terminal.type('1');
  await terminal.shows(ASKS);
  terminal.type('And the sky?\r');
  await terminal.shows(OFFERS);
  terminal.type('t');
  await terminal.shows(/It should say: █/);
  terminal.type('The sea again.\r');
  await terminal.shows(/4 {2}The sea again\.[\s\S]*You: █/);
  terminal.type('\x03');
  assert.equal((await terminal.exit).exitCode, 0);

  const again = chat();
  const shown = await again.shows(ASKS);
  again.type('\x03');
  await again.exit;

  assert.match(shown, /1 {2}What is the sea\?[\s\S]*3 {2}And the sky\?\n {2}4 {2}The sea again\./);
  assert.deepEqual(
    turnsIn(logFile()).map((turn) => turn.do),
    ['begin', 'say', 'offer', 'pick', 'say', 'offer', 'type'],
  );
});

test('replies differ, and the same seed brings the same ones', () => {
  const run = (name: string) =>
    lines(eidolon(['ada', name, '--json', '--seed', '7'], asInput({ do: 'say', text: 'What is the sea?' })).stdout);
  const [, first] = run('tea');
  const [, second] = run('cake');

  assert.deepEqual(second.replies, first.replies);
  const texts = first.replies.map(({ text }: { text: string }) => text.toLowerCase());
  assert.equal(texts.length, 5);
  assert.equal(new Set(texts).size, 5);
});

test('Ctrl-C leaves at every prompt, and what was finished is kept', async () => {
  const stops: readonly (readonly [RegExp, string])[] = [
    [ASKS, '\x03'],
    [ASKS, 'Half a wo\x03'],
    [ASKS, 'What is the sea?\r'],
    [OFFERS, '\x03'],
    [OFFERS, 't'],
    [/It should say/, 'Half a wo\x03'],
    [OFFERS, 'c'],
    [/Correct turn number/, '1\x03'],
    [OFFERS, 'm\x03'],
  ];
  let terminal: Terminal | undefined;
  for (const [prompt, keys] of stops) {
    terminal ??= chat();
    await terminal.shows(prompt);
    terminal.type(keys);
    if (!keys.endsWith('\x03')) continue;
    assert.equal((await terminal.exit).exitCode, 0);
    terminal = undefined;
  }

  const kept = turnsIn(logFile()).map((turn) => turn.do);
  assert.deepEqual([kept[0], kept[1], kept[2]], ['begin', 'say', 'offer']);
});

test('killed, and its log cut in the middle of a line, it loses nothing but the unfinished turn', async () => {
  const terminal = chat();
  await terminal.shows(ASKS);
  terminal.type('What is the sea?\r');
  await terminal.shows(OFFERS);
  terminal.kill('SIGKILL');
  await terminal.exit;
  appendFileSync(logFile(), `{"at":"2026-01-02T03:04:05.000Z","after":"ab`);

  const again = chat();
  await again.shows(/The last turn was cut off in the log and is lost/);
  again.type('q');
  await again.exit;
  assert.deepEqual(
    turnsIn(logFile()).map((turn) => turn.do),
    ['begin', 'say', 'offer'],
  );

  truncateSync(logFile(), readFileSync(logFile()).length - 5);
  const { stdout, stderr } = eidolon(['ada', 'tea', '--json']);
  assert.match(stderr, /The last turn was cut off/);
  assert.equal(lines(stdout)[0].replies.length, 5, 'what was said is answered anew');
});

test('a pasted novel is one turn, presses no keys, and is answered', async () => {
  const novel = Array.from({ length: 400 }, (_, line) => `q ${line} The gulls, again.`);
  const terminal = chat();
  await terminal.shows(ASKS);

  terminal.type(`\x1b[200~${novel.join('\r')}\x1b[201~`);
  await terminal.shows(/q 399 The gulls, again\.█/);
  terminal.type('\r');
  await terminal.shows(OFFERS);
  terminal.type('q');
  await terminal.exit;

  assert.equal(turnsIn(logFile())[1].text, novel.join('\n'));
});

test('in 40 columns everything is there', async () => {
  const terminal = chat([], { columns: 40, rows: 24 });
  await terminal.shows(ASKS);
  terminal.type('Море 海 🌊?\r');
  const shown = await terminal.shows(OFFERS);
  terminal.type('q');
  await terminal.exit;

  assert.match(shown, /1 {2}Море 海 🌊\?/);
  assert.match(shown, /q leave/);
});

test('a program speaks by lines on stdin, and is told what was no turn', () => {
  const input = [
    '{"do":"say","text":"What is the sea?"}',
    '',
    'rubbish',
    '{"do":"say","text":" \\u001b \\u200b "}',
    '{"do":"pick","choice":9}',
    '{"do":"pick","choice":1}',
    '{"do":"pick","choice":1}',
    '{"do":"more"}',
    '{"do":"say","text":"\\u001b[31mМоре 海"}',
    '{"do":"type","text":"Yes.\\n> No."}',
    '{"do":"type","text":"Nothing."}',
    '{"do":"correct","turn":7,"text":"No."}',
    `{"do":"say","text":${JSON.stringify('The gulls, again. '.repeat(20_000))}}`,
  ].join('\n');

  const { status, stdout, stderr } = eidolon(['ada', 'tea', '--json'], input);

  const told = lines(stdout);
  assert.equal(status, 1);
  assert.match(stderr, /7 lines were no turns/);
  assert.deepEqual(
    told.map(({ turns, error, line }) => turns ?? [line, error.slice(0, 24)]),
    [
      0,
      1,
      [3, 'expected a turn as JSON,'],
      [4, 'expected some words, fou'],
      [5, 'expected a choice from 1'],
      2,
      [7, 'expected a choice from 1'],
      [8, 'expected something to an'],
      3,
      [10, 'expected only what the p'],
      4,
      [12, 'expected a turn from 1 t'],
      5,
    ],
  );
  assert.equal(told[8].last.text, '[31mМоре 海');
  assert.equal(told.at(-1).replies.length, 5);
});

test('without a terminal and without --json it says what to do; a second one and a bad name are refused', async () => {
  const bare = eidolon(['ada', 'tea']);
  const named = eidolon(['ada', '../tea', '--json']);
  const terminal = chat();
  await terminal.shows(ASKS);
  const second = eidolon(['ada', 'tea', '--json']);
  terminal.type('\x03');
  await terminal.exit;
  const listed = eidolon(['list', 'ada', '--json']);

  assert.deepEqual(
    [bare, named, second].map(({ status }) => status),
    [1, 1, 1],
  );
  assert.match(bare.stderr, /eidolon chat expected a terminal, found none[\s\S]*--json/);
  assert.match(named.stderr, /expected a name of letters[^\n]* for a conversation/);
  assert.match(second.stderr, /is being written by process \d+/);
  assert.deepEqual(JSON.parse(listed.stdout), ['tea']);
});

test('c corrects an earlier turn in $EDITOR, and what is offered then answers that', async () => {
  const editor = path.join(home, 'editor.sh');
  writeFileSync(editor, `#!/bin/sh\nprintf 'What is the sky?' > "$1"\n`);
  chmodSync(editor, 0o755);
  const terminal = chat([], { env: { EDITOR: editor } });
  await terminal.shows(ASKS);
  terminal.type('What is the sea?\r');
  await terminal.shows(OFFERS);

  terminal.type('c');
  await terminal.shows(/Correct turn number/);
  terminal.type('1\r');
  await terminal.shows(/1 {2}What is the sky\? \(corrected\)[\s\S]*^ 1 {2}/m);
  terminal.type('q');
  await terminal.exit;

  assert.deepEqual(
    turnsIn(logFile()).map((turn) => turn.do),
    ['begin', 'say', 'offer', 'correct', 'offer'],
  );
});

async function decided() {
  const store = openStore(storeFile(home));
  try {
    return (await decidedTexts(store, 'ada')).map(({ text, context, edited }) => ({ text, context, edited }));
  } finally {
    await store.close();
  }
}
const sea = { by: 'another', text: 'What is the sea?' };

test('a pick teaches at once: the same place brings other replies, by what was taught, and that ends with the sitting', () => {
  const turns = asInput(
    { do: 'say', text: 'What is the sea?' },
    { do: 'pick', choice: 2 },
    { do: 'say', text: 'And?' },
  );
  const { status, stdout, stderr } = eidolon(['ada', 'tea', '--json', '--seed', '7'], turns);

  const [, offered, picked, next] = lines(stdout);
  assert.equal(status, 0, stderr);
  assert.deepEqual(
    picked.lesson.before,
    offered.replies.map(({ text }: { text: string }) => text),
  );
  assert.equal(picked.lesson.after.length, 5);
  assert.notDeepEqual(picked.lesson.after, picked.lesson.before);
  assert.equal(next.lessons, 1);
  assert.ok(!existsSync(path.join(home, 'data', 'chats', 'ada', 'tea.taught')));
  const [, again] = lines(eidolon(['ada', 'tea', '--json'], asInput({ do: 'more' })).stdout);
  assert.equal(again.lessons, 0);
});

test('what was picked, typed and corrected is in the log of decisions, as it stands in the end', async () => {
  const turns = asInput(
    { do: 'say', text: 'What is the sea?' },
    { do: 'type', text: 'Watr.' },
    { do: 'say', text: 'And the sky?' },
    { do: 'pick', choice: 1 },
    { do: 'correct', turn: 2, text: 'Water.' },
    { do: 'correct', turn: 3, text: 'And the rain?' },
  );
  const { status, stdout, stderr } = eidolon(['ada', 'tea', '--json', '--seed', '7'], turns);

  assert.equal(status, 0, stderr);
  const picked = lines(stdout)[4].last.text;
  assert.deepEqual(await decided(), [
    {
      text: picked,
      context: [sea, { by: 'me', text: 'Water.' }, { by: 'another', text: 'And the rain?' }],
      edited: false,
    },
    { text: 'Water.', context: [sea], edited: true },
  ]);
});

test('a sitting that is killed before its pick is recorded is caught up with', async () => {
  eidolon(['ada', 'tea', '--json', '--seed', '7'], asInput({ do: 'say', text: 'What is the sea?' }));
  const before = turnsIn(logFile());
  eidolon(['ada', 'tea', '--json'], asInput({ do: 'pick', choice: 3 }));
  const store = openStore(storeFile(home));
  await store.db.deleteFrom('edits').execute();
  await store.close();
  const other = path.join(home, 'data', 'chats', 'ada', 'cake.jsonl');
  cpSync(logFile(), other); // as if its rows had never been written

  eidolon(['ada', 'cake', '--json']);

  const { text } = before.find((turn) => turn.do === 'offer').texts[2];
  assert.deepEqual(await decided(), [{ text, context: [sea], edited: false }]);
});

test('a pick at the terminal shows the same place before and after', async () => {
  const terminal = chat(['--seed', '7'], { rows: 40 });
  await terminal.shows(ASKS);
  terminal.type('What is the sea?\r');
  await terminal.shows(OFFERS);
  terminal.type('1');
  const shown = await terminal.shows(/Taught once/);
  terminal.type('\x03');
  await terminal.exit;

  assert.match(shown, /Before and after, in the same place:\n −/);
  assert.match(shown, /^ \+ {2}/m);
});

test('replies that eight bits wrote say so in the log, before a lesson and after it', async () => {
  await quickerInEightBits(path.join(home, 'models', 'toy'));
  const turns = asInput(
    { do: 'say', text: 'What is the sea?' },
    { do: 'pick', choice: 1 },
    { do: 'say', text: 'And?' },
  );

  const { status, stderr } = eidolon(['ada', 'tea', '--json', '--seed', '7'], turns);

  assert.equal(status, 0, stderr);
  const offers = turnsIn(logFile()).filter((turn) => turn.do === 'offer');
  assert.deepEqual(
    offers.map(({ bits, bitsHash, lessons }) => [typeof bitsHash === 'string' && bits, lessons]),
    [
      [8, 0],
      [8, 1],
    ],
  );
});
