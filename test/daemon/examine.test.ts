import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { examine } from '../../src/daemon/examine.ts';
import { recordSilence } from '../../src/queue/create-draft.ts';
import { openStore, storeFile } from '../../src/store/store.ts';
import { ROUND } from '../queue/prepared-drafts.ts';
import { toyHome, writePersona } from './toy-home.ts';

async function findings(home: string, now = new Date()) {
  return new Map((await examine(home, now)).map((finding) => [finding.subject, finding]));
}

test('a home that is well is well in every line', async () => {
  const home = toyHome('ada');

  const found = await examine(home, new Date());

  assert.deepEqual(
    found.map(({ subject, ok }) => [subject, ok]),
    ['Node', 'onnxruntime', 'model toy', 'persona ada', 'store', 'data', '.env', 'clock'].map((name) => [name, true]),
  );
  assert.match(found.find(({ subject }) => subject === 'onnxruntime')!.found, /with cpu/);
});

test('a persona whose model is missing, or whose folder is broken, is told with what to do', async () => {
  const home = toyHome('ada', 'bea');
  writePersona(home, 'bea', 'sampling: { topq: 1 }');
  rmSync(path.join(home, 'models', 'toy'), { recursive: true });

  const found = await findings(home);

  assert.match(found.get('persona ada')!.found, /no model toy/);
  assert.match(found.get('persona bea')!.found, /persona\.yaml:\d+:\d+/);
  assert.equal(found.get('models')?.ok, false);
  assert.ok([...found.values()].every(({ ok, remedy }) => ok === (remedy === undefined)));
});

test('a damaged model folder is told', async () => {
  const home = toyHome('ada');
  const file = path.join(home, 'models', 'toy', 'model.safetensors');
  writeFileSync(file, readFileSync(file).subarray(0, 5000));

  assert.equal((await findings(home)).get('model toy')?.ok, false);
});

test('a store that is none is told, and left as it was', async () => {
  const home = toyHome('ada');
  mkdirSync(path.join(home, 'data'));
  writeFileSync(storeFile(home), 'not a database, but somebody may still want it '.repeat(50));

  const { ok, remedy } = (await findings(home)).get('store')!;

  assert.deepEqual([ok, typeof remedy], [false, 'string']);
  assert.match(readFileSync(storeFile(home), 'utf8'), /^not a database/);
});

test('secrets that others can read are told with the command that mends it', {
  skip: process.platform === 'win32',
}, async () => {
  const home = toyHome('ada');
  const file = path.join(home, '.env');
  writeFileSync(file, 'ADA_TOKEN=secret\n');

  chmodSync(file, 0o644);
  assert.equal((await findings(home)).get('.env')?.remedy, `chmod 600 ${file}`);

  chmodSync(file, 0o600);
  assert.equal((await findings(home)).get('.env')?.ok, true);
});

test('a clock before the program was written, or before what the store has dated, is told', async () => {
  const home = toyHome('ada');
  const store = openStore(storeFile(home));
  const now = new Date('2030-01-01T12:00Z');
  await recordSilence(store, { persona: 'ada', outcome: 'failed', reason: '', round: ROUND, candidates: [], now });
  await store.close();

  assert.equal((await findings(home, new Date('2030-01-01T12:01Z'))).get('clock')?.ok, true);
  assert.equal((await findings(home, new Date('2029-12-31T12:00Z'))).get('clock')?.ok, false);
  assert.equal((await findings(toyHome('ada'), new Date('1970-01-02'))).get('clock')?.ok, false);
});
