import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { gpt2Prefix } from '../../src/model/gpt2-vocabulary.ts';
import { openModel } from '../../src/model/model.ts';
import { scoreTexts } from '../../src/model/score-texts.ts';

const TINY = path.join(import.meta.dirname, 'fixtures/tiny-gpt2');
const model = await openModel(TINY);

test('the hash names the content, not the folder', async () => {
  const copy = path.join(mkdtempSync(path.join(tmpdir(), 'eidolon-')), 'copy');
  cpSync(TINY, copy, { recursive: true });
  const same = await openModel(copy);
  writeFileSync(path.join(copy, 'config.json'), `${readFileSync(path.join(copy, 'config.json'), 'utf8')}\n`);
  const changed = await openModel(copy);

  assert.deepEqual([model.name, same.name], ['tiny-gpt2', 'copy']);
  assert.match(model.hash, /^[0-9a-f]{64}$/);
  assert.equal(same.hash, model.hash);
  assert.notEqual(changed.hash, model.hash);
});

test("a folder of links, as the hub's cache keeps it, opens like any other", async () => {
  const cache = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
  cpSync(TINY, path.join(cache, 'blobs'), { recursive: true });
  mkdirSync(path.join(cache, 'snapshot'));
  for (const name of ['config.json', 'tokenizer.json', 'model.safetensors']) {
    symlinkSync(path.join('../blobs', name), path.join(cache, 'snapshot', name));
  }

  const linked = await openModel(path.join(cache, 'snapshot'));

  assert.equal(linked.hash, model.hash);
  assert.deepEqual(await scoreTexts(linked, ['Hello']), await scoreTexts(model, ['Hello']));
});

test("the fixture's tokenizer is a prefix of GPT-2's", () => {
  assert.deepEqual(JSON.parse(readFileSync(path.join(TINY, 'tokenizer.json'), 'utf8')), gpt2Prefix(320));
});

test('a tokenizer with more tokens than the model knows is refused', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
  cpSync(TINY, folder, { recursive: true });
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(gpt2Prefix(321)));

  await assert.rejects(openModel(folder), { name: 'UserError', message: /at most the 320 tokens .* found 321/ });
});
