import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { modelHash } from '../../src/model/model-hash.ts';

const models = mkdtempSync(path.join(tmpdir(), 'eidolon-hash-'));
after(() => rmSync(models, { recursive: true }));
cpSync(path.join(import.meta.dirname, 'fixtures'), models, { recursive: true });
const [base, adapter] = [path.join(models, 'tiny-gpt2'), path.join(models, 'tiny-adapter')];
const weights = path.join(base, 'model.safetensors');
const YESTERDAY = 1_790_000_000;
const taught = path.join(adapter, 'adapter_config.json');

function sha256(files: readonly string[], instead: ReadonlyMap<string, Buffer> = new Map()): string {
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = instead.get(file) ?? readFileSync(file);
    hash.update(`${path.basename(file)} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

const whole = ['config.json', 'tokenizer.json', 'model.safetensors'].map((name) => path.join(base, name));
const both = [...whole, taught, path.join(adapter, 'adapter_model.safetensors')];

test('a hash is of the bytes alone: of a model, of an adapter with its base, and of either after the other', async () => {
  const hashes = [await modelHash(adapter), await modelHash(base), await modelHash(adapter)];

  assert.deepEqual(hashes, [sha256(both), sha256(whole), sha256(both)]);
});

test('a base that stays as it is is read once, however often the adapter on it changes', async () => {
  utimesSync(weights, YESTERDAY, YESTERDAY);
  await modelHash(adapter);
  const bytes = readFileSync(weights);
  writeFileSync(weights, Buffer.alloc(bytes.length)); // as it was, to whoever does not read it
  utimesSync(weights, YESTERDAY, YESTERDAY);
  writeFileSync(taught, `${readFileSync(taught, 'utf8')}\n`);

  const hash = await modelHash(adapter);

  assert.equal(hash, sha256(both, new Map([[weights, bytes]])));
});

test('a base that changed is read again', async () => {
  const before = await modelHash(adapter);
  writeFileSync(weights, Buffer.alloc(100, 1));

  const hash = await modelHash(adapter);

  assert.notEqual(hash, before);
  assert.equal(hash, sha256(both));
});
