import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { writeRandomModel } from '../model/random-model.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const home = mkdtempSync(path.join(tmpdir(), 'generate-cli-'));
after(() => rmSync(home, { recursive: true }));
writeRandomModel(path.join(home, 'models/starter'));
cpSync(path.join(home, 'models/starter'), path.join(home, 'models/cut'), { recursive: true });
writeFileSync(path.join(home, 'models/cut/model.safetensors'), 'cut');
mkdirSync(path.join(home, 'personas/ada'), { recursive: true });
writeFileSync(
  path.join(home, 'personas/ada/persona.yaml'),
  'name: ada\nmodel: starter\nlanguage: en\nprompts: openings.txt\n',
);
writeFileSync(path.join(home, 'personas/ada/openings.txt'), 'Hope is\nDoubt is\n');

function eidolon(...argv: readonly string[]) {
  return spawnSync(process.execPath, [BIN, ...argv], { encoding: 'utf8', env: { ...process.env, EIDOLON_HOME: home } });
}

test('generate --json prints one array, the same for the same seed', () => {
  const argv = ['generate', '--seed', '5', '-n', '2', '--max-tokens', '8', '--prompt', 'It is', '--json'];

  const [first, again] = [eidolon(...argv), eidolon(...argv)];

  const texts = JSON.parse(first.stdout);
  assert.deepEqual(texts.map(Object.keys), Array(2).fill(['text', 'tokens', 'logProbability', 'seed']));
  assert.deepEqual(
    texts.map(({ seed }: { seed: number }) => seed),
    [5, 6],
  );
  assert.equal(again.stdout, first.stdout);
  assert.equal(first.status, 0);
});

test("a persona's own opening, model and limits are used, and seeds are told on stderr", () => {
  const { stdout, stderr, status } = eidolon('generate', 'ada', '-n', '1', '--seed', '3', '--raw');

  assert.equal(status, 0);
  assert.match(stdout, /^(Hope|Doubt) is/);
  assert.match(stderr, /starter, seeds 3 to 3/);
});

test('what cannot be is one line: exit code 1 for the operator, 2 for wrong usage', () => {
  const noModel = eidolon('generate', '--model', 'none');
  const cut = eidolon('generate', '--model', 'cut');
  const usage = eidolon('generate', '--top-p', '0');

  assert.equal(noModel.status, 1);
  assert.match(noModel.stderr, /models\/none\/config\.json: expected the config of a GPT-2, found none/);
  assert.equal(cut.status, 1);
  assert.match(cut.stderr, /models\/cut\/model\.safetensors: expected a safetensors file, found 3 bytes/);
  assert.equal(usage.status, 2);
});

test('model list shows the models, also those that cannot be read', () => {
  const shown = eidolon('model', 'list');
  const listed = JSON.parse(eidolon('model', 'list', '--json').stdout);

  assert.match(shown.stdout, /starter +0\.0 M +2 +16 +64 +400/);
  assert.match(shown.stdout, /cut cannot be read: .*model\.safetensors/);
  assert.deepEqual(
    listed.map(({ name }: { name: string }) => name),
    ['cut', 'starter'],
  );
  assert.equal(listed[1].vocabulary, 400);
});
