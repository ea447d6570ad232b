import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const FIXTURES = path.resolve(import.meta.dirname, '../model/fixtures');
const home = mkdtempSync(path.join(tmpdir(), 'model-add-cli-'));
after(() => rmSync(home, { recursive: true }));

const model = (...argv: readonly string[]) =>
  spawnSync(process.execPath, [BIN, 'model', ...argv], {
    encoding: 'utf8',
    env: { ...process.env, EIDOLON_HOME: home },
  });

test("model add takes a notebook's checkpoint and then an adapter over it; model list shows both", () => {
  const added = model('add', path.join(FIXTURES, 'gpt-2-simple'), '--as', 'tiny-gpt2');
  const adapter = model('add', path.join(FIXTURES, 'tiny-adapter'), '--json');
  const listed = model('list');

  assert.equal(added.stdout, 'models/tiny-gpt2 is a model from TensorFlow: 10,640 parameters, 1 MB\n');
  assert.deepEqual(JSON.parse(adapter.stdout), {
    model: 'tiny-adapter',
    kind: 'adapter',
    format: 'PEFT',
    parameters: 1664,
    bytes: 6656,
    remarks: [],
  });
  assert.match(listed.stdout, /^tiny-adapter +0\.0 M .* tiny-gpt2, rank 4$/m);
});

test('a model alone takes its name from its folder, and its tokenizer from a model of that name', () => {
  const folder = path.join(home, 'My Weights');
  cpSync(path.join(FIXTURES, 'tiny-gpt2'), folder, { recursive: true });
  rmSync(path.join(folder, 'tokenizer.json'));

  const { stdout } = model('add', path.join(folder, 'model.safetensors'), '--tokenizer', 'tiny-gpt2');

  assert.match(stdout, /^models\/My-Weights is a model: 10,640 parameters/);
});

test('what cannot be added is one line and a hint, status 1, and nothing is left', () => {
  const bad = path.join(home, 'evil.pt');
  writeFileSync(bad, 'cos\nsystem\n.');

  const missing = model('add', '/nowhere');
  const evil = model('add', bad);
  const named = model('add', path.join(FIXTURES, 'tiny-gpt2'), '--as', '../x');

  assert.deepEqual([missing.status, missing.stderr], [1, 'error: /nowhere: expected a file or folder, found none\n']);
  assert.deepEqual([evil.status, evil.stderr.split('\n').length], [1, 3]);
  assert.match(evil.stderr, /evil\.pt: expected tensors and nothing that runs, found os\.system, which was not run/);
  assert.match(named.stderr, /Expected a name for a folder under models\/, found "\.\.\/x"/);
  assert.ok(readdirSync(path.join(home, 'models')).every((name) => !name.startsWith('.') && name !== 'evil'));
});
