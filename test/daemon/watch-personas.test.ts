import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { type Change, lookAgain, type Watched } from '../../src/daemon/watch-personas.ts';

const homes: string[] = [];
after(() => {
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});

function newHome(): string {
  const home = mkdtempSync(path.join(tmpdir(), 'eidolon-watch-'));
  homes.push(home);
  return home;
}

function writePersona(home: string, name: string, settings = `name: ${name}\nmodel: starter\n`): void {
  mkdirSync(path.join(home, 'personas', name), { recursive: true });
  writeFileSync(path.join(home, 'personas', name, 'persona.yaml'), settings);
}

/** Looks once after each step; the changes as `kind name`. */
function changesAfter(home: string, steps: readonly (() => void)[]): readonly (readonly string[])[] {
  let known: ReadonlyMap<string, Watched> = new Map();
  return steps.map((step) => {
    step();
    const look = lookAgain(home, known, new Date());
    known = look.personas;
    return look.changes.map(({ kind, name }: Change) => `${kind} ${name}`);
  });
}

const nothing = () => {};

test('personas that come, change and go are each told once', () => {
  const home = newHome();

  const told = changesAfter(home, [
    nothing,
    () => writePersona(home, 'ada'),
    nothing,
    () => writePersona(home, 'ada', 'name: ada\nmodel: another\n'),
    nothing,
    () => rmSync(path.join(home, 'personas', 'ada'), { recursive: true }),
    nothing,
  ]);

  assert.deepEqual(told, [[], ['taken up ada'], [], ['taken up again ada'], [], ['removed ada'], []]);
});

test('a broken folder is told once a change, does not stop the others, and is taken up when mended', () => {
  const home = newHome();

  const told = changesAfter(home, [
    () => {
      writePersona(home, 'ada');
      writePersona(home, 'bea', 'name: bea\nmodle: starter\n');
    },
    nothing,
    () => writePersona(home, 'bea', 'name: bea\nmodel: [starter\n'),
    () => writePersona(home, 'bea'),
  ]);

  assert.deepEqual(told, [['taken up ada', 'broken bea'], [], ['broken bea'], ['taken up again bea']]);
});

test('what is no folder, or hidden, is no persona', () => {
  const home = newHome();

  const told = changesAfter(home, [
    () => {
      mkdirSync(path.join(home, 'personas', '.git'), { recursive: true });
      writeFileSync(path.join(home, 'personas', 'README.md'), '');
    },
  ]);

  assert.deepEqual(told, [[]]);
});
