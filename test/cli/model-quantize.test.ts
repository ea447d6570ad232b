import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { writeRandomAdapter } from '../model/random-adapter.ts';
import { writeRandomModel } from '../model/random-model.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const home = mkdtempSync(path.join(tmpdir(), 'quantize-cli-'));
after(() => rmSync(home, { recursive: true }));
const random = writeRandomModel(path.join(home, 'models/random'), { n_embd: 64, deviation: 0.3 });
writeRandomAdapter(path.join(home, 'models/ada'), { base: random });
mkdirSync(path.join(home, 'personas'));

function eidolon(...argv: readonly string[]) {
  return spawnSync(process.execPath, [path.join(ROOT, 'bin/eidolon.js'), ...argv], {
    encoding: 'utf8',
    cwd: home,
    env: { ...process.env, EIDOLON_HOME: home },
  });
}

test('a model with fewer bits is made, measured beside the one it was made from, listed, and written with', () => {
  const made = eidolon('model', 'quantize', 'random', '--bits', '8', '--json');
  assert.equal(made.status, 0, made.stderr);
  const { before, after } = JSON.parse(made.stdout);
  assert.deepEqual([before.model, after.model], ['random', 'random-8bit']);
  assert.ok(after.bytes < before.bytes);
  assert.ok(Math.abs(after.bitsPerByte / before.bitsPerByte - 1) < 0.1);
  assert.ok(after.tokensPerSecond.alone > 0 && after.tokensPerSecond.eight > 0);

  const listed = JSON.parse(eidolon('model', 'list', '--json').stdout);
  const [own, eight] = ['random', 'random-8bit'].map((name) =>
    listed.find((one: { name: string }) => one.name === name),
  );
  assert.deepEqual([own.bits, eight.bits], [32, 8]);
  assert.equal(eight.parameters, own.parameters);

  const written = eidolon('generate', '--model', 'random-8bit', '-n', '1', '--max-tokens', '5', '--raw', '--json');
  assert.equal(written.status, 0, written.stderr);
});

test('in words, the loss stands beside the gain, on a text of the owner', () => {
  writeFileSync(path.join(home, 'mine.txt'), 'A first paragraph.\n\nAnd a second one.\n');

  const { stdout, status } = eidolon('model', 'quantize', 'random', '--bits', '4', '--text', 'mine.txt');

  assert.equal(status, 0);
  assert.match(
    stdout,
    /^MODEL +MB +BITS A BYTE +TOKENS\/S ALONE +EIGHT AT ONCE\nrandom .*\nrandom-4bit .*\n.* times .* % .* times/,
  );
  assert.match(stdout, /measured on mine\.txt/);
});

test('what cannot be quantized, measured on or trained is one line', () => {
  const [adapter, none, noText, usage, exported, embeddings] = [
    eidolon('model', 'quantize', 'ada'),
    eidolon('model', 'quantize', 'nobody'),
    eidolon('model', 'quantize', 'random', '--bits', '16', '--text', 'nothing.txt'),
    eidolon('model', 'quantize', 'random', '--bits', '3'),
    eidolon('model', 'export', 'random-8bit'),
    eidolon('model', 'quantize', 'random', '--bits', '8', '--embedding-bits', '4'),
  ];

  assert.deepEqual(
    [adapter, none, noText, usage, exported, embeddings].map(({ status }) => status),
    [1, 1, 1, 2, 1, 1],
  );
  assert.match(adapter.stderr, /models\/ada: expected a whole model, found an adapter\n.*stands on/);
  assert.match(none.stderr, /models\/nobody\/config\.json: expected the config of a GPT-2, found none/);
  assert.match(noText.stderr, /nothing\.txt: expected a text to measure on/);
  assert.ok(!existsSync(path.join(home, 'models/random-16bit')));
  assert.match(exported.stderr, /expected a model whose weights are numbers, found codes of 8 bits/);
  assert.match(embeddings.stderr, /--embedding-bits 4: expected --bits 4 beside it, found 8/);
});
