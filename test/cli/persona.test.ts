import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { Terminal } from '../terminal.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const root = mkdtempSync(path.join(tmpdir(), 'persona-cli-'));
after(() => rmSync(root, { recursive: true }));

let home = root;
beforeEach(() => {
  home = mkdtempSync(path.join(root, 'home-'));
  writeFileSync(path.join(home, 'posts.txt'), 'One post.\n\nTwo posts.\n');
});

function eidolon(...argv: readonly string[]) {
  return spawnSync(process.execPath, [BIN, 'persona', ...argv], {
    encoding: 'utf8',
    input: '',
    env: { ...process.env, EIDOLON_HOME: home },
  });
}

test('flags alone make a persona, and say what to do next', () => {
  const { status, stdout } = eidolon('new', 'ada', '--corpus', path.join(home, 'posts.txt'));

  assert.equal(status, 0);
  assert.match(stdout, /Made .*personas\/ada\.\nIt has no model yet: .*models\/starter.*\nNext:/);
  assert.match(stdout, /eidolon train ada +teach a model its 2 texts/);
});

test('--json prints one document of what was made', () => {
  const { stdout } = eidolon('new', 'ada', '--json');

  assert.deepEqual(JSON.parse(stdout), { name: 'ada', folder: path.join(home, 'personas', 'ada'), documents: 0 });
});

test('without a name and a terminal, new is wrong usage', () => {
  const { status, stderr } = eidolon('new');

  assert.equal(status, 2);
  assert.match(stderr, /missing argument: name/);
});

test('what is there already, and a corpus that cannot be read, are refused with exit code 1', () => {
  eidolon('new', 'ada');
  writeFileSync(path.join(home, 'bad.jsonl'), '{"text":"fine"}\n{"text"\n');

  const again = eidolon('new', 'ada');
  const unreadable = eidolon('new', 'ben', '--corpus', path.join(home, 'bad.jsonl'));

  assert.equal(again.status, 1);
  assert.match(again.stderr, /ada is there already\n/);
  assert.equal(unreadable.status, 1);
  assert.match(unreadable.stderr, /bad\.jsonl:2: expected a JSON object/);
});

test('list shows personas, and those that cannot be read with what is wrong', () => {
  eidolon('new', 'ada');
  mkdirSync(path.join(home, 'personas', 'ben'));
  writeFileSync(path.join(home, 'personas', 'ben', 'persona.yaml'), 'name: ben\nmodle: gpt2\n');

  const text = eidolon('list');
  const json = JSON.parse(eidolon('list', '--json').stdout);

  assert.equal(text.status, 0);
  assert.match(
    text.stdout,
    /^ada {2}starter, en, every 4h to local\nben {2}cannot be read: .*ben\/persona\.yaml:2:1: modle/,
  );
  assert.deepEqual(Object.keys(json[0]), ['name', 'model', 'language', 'network', 'everyMs', 'prompts', 'problem']);
  assert.match(json[1].problem, /modle: unknown setting/);
});

test('check reads settings, model and corpus, and its exit code is 1 where something is wrong', () => {
  eidolon('new', 'ada');

  const { status, stdout } = eidolon('check', 'ada');
  const json = eidolon('check', '--json');

  assert.equal(status, 1);
  assert.match(stdout, /^wrong {2}ada: .*models\/starter/);
  assert.equal(json.status, 1);
  assert.deepEqual(
    JSON.parse(json.stdout).map(({ name, ok }: { name: string; ok: boolean }) => ({ name, ok })),
    [{ name: 'ada', ok: false }],
  );
});

test('at a terminal it asks for what it was not told, and asks again where an answer does not fit', async (t) => {
  const terminal = new Terminal([process.execPath, BIN, 'persona', 'new', '--language', 'fr'], {
    columns: 160,
    env: { EIDOLON_HOME: home },
  });
  t.after(() => terminal.kill('SIGKILL'));

  await terminal.shows(/Its name/);
  terminal.type('Ada L\r');
  await terminal.shows(/expected a name of small letters.*\n.*Its name/);
  terminal.type('ada\r');
  await terminal.shows(/Its model.*\[starter\]:/);
  terminal.type('\r');
  await terminal.shows(/The time zone.*:/);
  terminal.type('Europe/Paris\r');
  await terminal.shows(/A file of its texts/);
  terminal.type('posts.none\r');
  await terminal.shows(/Cannot read posts\.none/);
  terminal.type(`${path.join(home, 'posts.txt')}\r`);
  const { exitCode } = await terminal.exit;

  assert.equal(exitCode, 0);
  const settings = readFileSync(path.join(home, 'personas', 'ada', 'persona.yaml'), 'utf8');
  assert.match(settings, /language: fr/);
  assert.match(settings, /timezone: Europe\/Paris/);
  assert.match(settings, /corpus: corpus\.txt/);
});

for (const [key, name] of [
  ['\u0003', 'Ctrl-C'],
  ['\u0004', 'Ctrl-D'],
] as const) {
  test(`${name} leaves the questions, and nothing is made`, async (t) => {
    const terminal = new Terminal([process.execPath, BIN, 'persona', 'new'], { env: { EIDOLON_HOME: home } });
    t.after(() => terminal.kill('SIGKILL'));

    await terminal.shows(/Its name/);
    terminal.type(key);
    const { exitCode } = await terminal.exit;

    assert.equal(exitCode, 1);
    assert.match(terminal.screen, /Nothing was made/);
    assert.equal(eidolon('list', '--json').stdout, '[]\n');
  });
}
