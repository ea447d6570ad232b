import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { AutoModelForCausalLM, AutoTokenizer, env, type Tensor } from '@huggingface/transformers';
import { writeRandomModel } from '../model/random-model.ts';

env.allowRemoteModels = false;
const ROOT = path.resolve(import.meta.dirname, '../..');
const home = mkdtempSync(path.join(tmpdir(), 'export-cli-'));
after(() => rmSync(home, { recursive: true }));
writeRandomModel(path.join(home, 'models/random'), { seed: 7, deviation: 0.3 });
cpSync(path.join(ROOT, 'models/starter'), path.join(home, 'models/starter'), { recursive: true });
mkdirSync(path.join(home, 'personas'));

function eidolon(...argv: readonly string[]) {
  return spawnSync(process.execPath, [path.join(ROOT, 'bin/eidolon.js'), ...argv], {
    encoding: 'utf8',
    cwd: home,
    env: { ...process.env, EIDOLON_HOME: home },
  });
}

/** What Transformers.js writes after a prompt, choosing the likeliest token each time. */
async function greedily(folder: string, prompt: string, tokens: number) {
  const tokenizer = await AutoTokenizer.from_pretrained(folder);
  const model = await AutoModelForCausalLM.from_pretrained(folder);
  const inputs = tokenizer(`<|endoftext|>${prompt}`);
  const output = (await model.generate({ ...inputs, do_sample: false, max_new_tokens: tokens })) as Tensor;
  await model.dispose();
  const ids: number[] = output.tolist()[0].map(Number);
  const written = ids.slice(inputs.input_ids.dims[1]).filter((id) => id !== tokenizer.eos_token_id);
  return { text: tokenizer.decode(ids, { skip_special_tokens: true }), tokens: written.length };
}

for (const [model, prompt] of [
  ['random', 'Hope is'],
  ['starter', 'The moon'],
  ['starter', 'I do not know why'],
] as const) {
  test(`${model}, exported, continues “${prompt}” in Transformers.js as eidolon generate does`, async () => {
    const to = path.join(home, 'exported', model);
    const exported = eidolon('model', 'export', model, '--to', to);
    assert.equal(exported.status, 0, exported.stderr);

    const argv = ['--prompt', prompt, '--temperature', '0', '--repetition-penalty', '1', '--max-tokens', '40'];
    const generated = eidolon('generate', '--model', model, ...argv, '-n', '1', '--raw', '--json');
    const expected = await greedily(to, prompt, 40);

    const [{ text, tokens }] = JSON.parse(generated.stdout);
    assert.deepEqual({ text, tokens }, expected);
  });
}

test('without --to an export goes into data/exports, and the files are listed', () => {
  const { stdout, stderr, status } = eidolon('model', 'export', 'random', '--dtype', 'f16');

  assert.equal(status, 0);
  assert.match(stdout, /data\/exports\/random\/onnx\/model\.onnx /);
  assert.match(stderr, /from_pretrained\('.*data\/exports\/random'\)/);
  assert.ok(existsSync(path.join(home, 'data/exports/random/merges.txt')));
});

test('what cannot be exported is one line', () => {
  writeFileSync(path.join(home, 'note.txt'), '');
  const [noModel, taken, usage] = [
    eidolon('model', 'export', 'none'),
    eidolon('model', 'export', 'random', '--to', 'personas/../note.txt'),
    eidolon('model', 'export', 'random', '--dtype', 'q4'),
  ];

  assert.deepEqual([noModel.status, taken.status, usage.status], [1, 1, 2]);
  assert.match(noModel.stderr, /models\/none\/config\.json: expected the config of a GPT-2, found none/);
  assert.match(taken.stderr, /note\.txt: expected no folder, or an earlier export, found note\.txt there\n.*--to/);
});
