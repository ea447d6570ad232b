import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');

function eidolon(...argv: readonly string[]) {
  return spawnSync(process.execPath, [BIN, ...argv], { encoding: 'utf8' });
}

test('--help says what there is, on stdout', () => {
  const { status, stdout } = eidolon('--help');

  assert.equal(status, 0);
  assert.match(stdout, /Usage: eidolon/);
});

test('wrong usage is told on stderr, with exit code 2', () => {
  const { status, stdout, stderr } = eidolon('--no-such-option');

  assert.equal(status, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /unknown option '--no-such-option'/);
});

test('--version is that of package.json', () => {
  assert.match(eidolon('--version').stdout, /^\d+\.\d+\.\d+\n$/);
});
