/** The commands of personas/ambrose/README.md, from a dictionary to a corpus. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { readCorpus } from '../../src/corpus/read-corpus.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const AMBROSE = path.join(ROOT, 'personas/ambrose');
/** Where Debian's package dict-devil puts the dictionary. */
const DEVIL = '/usr/share/dictd/devil';

function node(home: string, script: string, ...argv: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [path.join(ROOT, script), ...argv], {
    cwd: home,
    env: { ...process.env, EIDOLON_HOME: home },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}

/** The folder of the persona, with the corpus that a dictionary gives. */
function made(t: TestContext, dictionary: (home: string) => string): string {
  const home = mkdtempSync(path.join(tmpdir(), 'eidolon-ambrose-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const folder = path.join(home, 'personas/ambrose');
  for (const file of ['persona.yaml', 'prompts.txt', 'corpus.jsonl']) {
    cpSync(path.join(AMBROSE, file), path.join(folder, file));
  }
  node(home, 'src/corpus/write-dictionary-archives.ts', dictionary(home), 'archives');
  const archives = ['archives/thedevilsdictionary.wordpress.xml', 'archives/twitter-ambrose'];
  const owner = ['--me', 'Ambrose Bierce', '--licence', 'public domain'];
  node(home, 'bin/eidolon.js', 'archive', 'add', 'ambrose', ...archives, ...owner);
  node(home, 'bin/eidolon.js', 'corpus', 'build', 'ambrose', '--replace');
  return folder;
}

const PROSE = 'that which goes on for long, and is read by nobody who has other things to do,';
const ENTRIES: Readonly<Record<string, string>> = {
  accord: 'ACCORD, n.  Harmony -- among _mosses_.\n',
  barometer: 'BAROMETER, n.  An ingenious instrument which indicates what kind of\nweather we are having.\n',
  candle: `CANDLE, n.  ${Array.from({ length: 5 }, () => PROSE).join('\n')} and ends.\n\n      A candle burned, and then no more:\n      It had been burning long before.\n\n${' '.repeat(45)}Orm Pludge\n`,
  'accord again': 'ACCORD, n.  Harmony -- among _mosses_.\n',
};

/** The format of dictd: places in the text, in base 64. */
function writeDictionary(home: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const encoded = (number: number): string =>
    number < 64 ? digits[number]! : encoded(Math.floor(number / 64)) + digits[number % 64]!;
  const name = path.join(home, 'dictionaries/moss');
  mkdirSync(path.dirname(name));
  let at = 0;
  const rows = Object.entries(ENTRIES).map(([word, text]) => {
    const row = `${word}\t${encoded(at)}\t${encoded(text.length)}\n`;
    at += text.length;
    return row;
  });
  writeFileSync(`${name}.index`, rows.join(''));
  writeFileSync(`${name}.dict`, Object.values(ENTRIES).join(''));
  return name;
}

test('a dictionary becomes a blog’s export and an X archive, and these a corpus of its entries, each once, set like posts', (t) => {
  const corpus = readCorpus(path.join(made(t, writeDictionary), 'corpus.jsonl'));

  const candle = `CANDLE, n. ${Array.from({ length: 5 }, () => PROSE).join(' ')} and ends.\n\nA candle burned, and then no more:\nIt had been burning long before.\n—Orm Pludge`;
  assert.deepEqual(corpus.map(({ text, source }) => [text, source]).sort(), [
    ['ACCORD, n. Harmony—among mosses.', 'x'],
    ['BAROMETER, n. An ingenious instrument which indicates what kind of weather we are having.', 'x'],
    [candle, 'wordpress'],
  ]);
  assert.ok(corpus.every(({ archive, time }) => archive !== undefined && time?.startsWith('2025-01-0')));
});

test('of the dictionary in Debian’s package dict-devil, they give the example’s corpus to the byte', {
  skip: !existsSync(`${DEVIL}.index`) && `${DEVIL} is not there: apt install dict-devil`,
}, (t) => {
  const folder = made(t, () => DEVIL);

  for (const file of ['corpus.jsonl', 'corpus.report.json']) {
    const [now, shipped] = [folder, AMBROSE].map((where) => readFileSync(path.join(where, file), 'utf8'));
    assert.equal(now, shipped, file);
  }
});
