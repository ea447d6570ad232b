import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { toyHome, writePersona } from '../daemon/toy-home.ts';
import { Terminal } from '../terminal.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const home = toyHome();
writePersona(home, 'ada', 'undo: 0s # time to think');
const env = { ...process.env, EIDOLON_HOME: home };

function eidolon(...argv: readonly string[]) {
  return spawnSync(process.execPath, [BIN, 'experiment', 'grid', ...argv], { encoding: 'utf8', env });
}

const TWO = ['--temperatures', '0,1', '-n', '8'];

test('a rule judges every text of every cell, and the best cell goes into persona.yaml beside its comments', () => {
  const { status, stdout, stderr } = eidolon('ada', ...TWO, '--judge', 'simulated:/[aeiou]/', '--json', '--apply');

  assert.equal(status, 0, stderr);
  const { judge, rows, best, judged, of } = JSON.parse(stdout);
  assert.deepEqual([judge, judged, of], ['simulated:/[aeiou]/', 16, 16]);
  assert.deepEqual(
    rows.map((row: { acceptance: { of: number } }) => row.acceptance.of),
    [8, 8],
  );
  const yaml = readFileSync(path.join(home, 'personas/ada/persona.yaml'), 'utf8');
  assert.match(yaml, new RegExp(`temperature: ${rows[best].temperature}\\b`));
  assert.match(yaml, /undo: 0s # time to think/);
});

test('without a terminal and without a rule it says what programs use', () => {
  const { status, stderr } = eidolon('ada', '--temperatures', '0.5', '-n', '2');

  assert.equal(status, 1);
  assert.match(stderr, /expected a terminal, found none[\s\S]*--judge simulated:RULE/);
});

test('what is no rule and what is no number is refused', () => {
  assert.equal(eidolon('ada', '--judge', 'coin').status, 1);
  assert.equal(eidolon('ada', '--temperatures', 'warm').status, 2);
});

test('its owner judges with one key each, leaves, and goes on where that was; nothing tells the cells apart', async () => {
  writePersona(home, 'bea');
  const judge = () =>
    new Terminal([process.execPath, BIN, 'experiment', 'grid', 'bea', '--temperatures', '0.5,1', '-n', '2'], {
      env: { EIDOLON_HOME: home },
    });

  const first = judge();
  const screen = await first.shows(/1 of 4[\s\S]*y post it/);
  first.type('y');
  await first.shows(/2 of 4/);
  first.type('n');
  await first.shows(/3 of 4/);
  first.type('u');
  await first.shows(/2 of 4/);
  first.type('q');
  const left = await first.exit;
  const second = judge();
  await second.shows(/3 of 4/);
  second.type('n');
  await second.shows(/4 of 4/);
  second.type('y');
  const done = await second.exit;

  assert.equal(left.exitCode, 0);
  assert.equal(done.exitCode, 0);
  assert.doesNotMatch(screen, /0\.5|toy/);
  const [file = ''] = globSync('data/experiments/grid/bea/*/owner.verdicts.jsonl', { cwd: home });
  const verdicts = readFileSync(path.join(home, file), 'utf8').split('\n').filter(Boolean);
  assert.deepEqual(
    verdicts.map((line) => JSON.parse(line).approved),
    [true, false, false, true],
  );
});
