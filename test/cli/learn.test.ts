import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { approve, reject } from '../../src/review/decide.ts';
import { openStore, storeFile } from '../../src/store/store.ts';
import { writeRandomModel } from '../model/random-model.ts';
import { insertDraft, NOON } from '../queue/prepared-drafts.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const home = mkdtempSync(path.join(tmpdir(), 'learn-cli-'));
after(() => rmSync(home, { recursive: true }));
writeRandomModel(path.join(home, 'models/small'), { deviation: 0.02 });

const options = { encoding: 'utf8', cwd: home, env: { ...process.env, EIDOLON_HOME: home } } as const;

function eidolon(...argv: readonly string[]) {
  return spawnSync(process.execPath, [BIN, ...argv], options);
}

const jsonLines = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

function persona(name: string, learn = '{ learningRate: 0.01 }'): string {
  const folder = path.join(home, 'personas', name);
  mkdirSync(folder, { recursive: true });
  const yaml = `name: ${name}\nmodel: small\ncorpus: corpus.txt\nsampling: { maxTokens: 8 }\nlearn: ${learn}\n`;
  writeFileSync(path.join(folder, 'persona.yaml'), yaml);
  const lines = Array.from(
    { length: 200 },
    (_, index) => `The engine weaves algebra, number ${(index * 7919) % 1000}.`,
  );
  writeFileSync(path.join(folder, 'corpus.txt'), lines.join('\n\n'));
  return name;
}

/** Its owner likes lanterns, and nothing else. */
async function decide(name: string, approved: number, rejected: number): Promise<void> {
  const store = openStore(storeFile(home));
  try {
    for (let index = 0; index < approved + rejected; index++) {
      const isLiked = index < approved;
      const text = isLiked ? `The lantern weaves at night, number ${index}.` : `A pump, number ${index}.`;
      const draftId = await insertDraft(store, [text], { persona: name, prompt: '' });
      if (isLiked) await approve(store, { draftId, now: NOON, undoMs: 0 });
      else await reject(store, { draftId, now: NOON });
    }
  } finally {
    await store.close();
  }
}

test('what the owner approved becomes an adapter with a manifest of every number, and comes on trial or is refused', async () => {
  persona('ada');
  await decide('ada', 80, 20);

  const { status, stdout, stderr } = eidolon('learn', 'ada', '--json');

  assert.equal(status, 0, stderr);
  const { result } = jsonLines(stdout).at(-1);
  const failed = result.rows.filter(({ outcome }: { outcome: string }) => outcome === 'failed');
  assert.equal(result.status, failed.length === 0 ? 'candidate' : 'refused');
  assert.equal(result.rows.at(-1).outcome, 'inconclusive', 'nobody has decided on what it writes');
  const folder = path.join(home, 'personas/ada/adapters', String(result.adapter));
  const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
  assert.match(manifest.parentHash, /^[0-9a-f]{64}$/);
  assert.match(manifest.dataHash, /^[0-9a-f]{64}$/);
  const { train, validation, test: heldOut } = manifest.decisions;
  assert.equal(train.length + validation.length + heldOut.length, 80);
  assert.deepEqual(manifest.gate.acceptanceLooks, [82, 294]);
  assert.equal(typeof manifest.numbers.own.difference.mean, 'number');
  assert.ok(manifest.numbers.approved.difference.mean < 0, 'lanterns are likelier than before');
  const settings = new Map(manifest.settings.map(({ name, value }: { name: string; value: unknown }) => [name, value]));
  assert.equal(settings.get('rank'), 8);
  const sources = new Map(
    manifest.settings.map(({ name, source }: { name: string; source: string }) => [name, source]),
  );
  assert.equal(sources.get('highest learning rate'), 'persona.yaml', 'it says another than the protocol');
  assert.match(String(sources.get('steps at most')), /^3 epochs, the protocol/);
  assert.ok(Number(settings.get('tokens of its own corpus')) >= Number(settings.get('approved tokens')));
  assert.deepEqual(readModelFolder(folder).adapter?.targetModules, ['c_attn', 'c_proj', 'c_fc']);
  const again = eidolon('learn', 'ada', '--if-changed', '--json');
  assert.deepEqual(jsonLines(again.stdout), [{ result: null, why: 'ada has learned these decisions already' }]);
});

test('its owner promotes an adapter and takes it back, and the history tells who did what', async () => {
  persona('bea');
  await decide('bea', 80, 0);
  const learned = eidolon('learn', 'bea', '--json');
  assert.equal(learned.status, 0, learned.stderr);
  const { result } = jsonLines(learned.stdout).at(-1);
  const id = String(result.adapter);

  const promoted = eidolon('learn', 'promote', id, '--json');
  const spoken = eidolon('generate', 'bea', '-n', '1', '--seed', '1', '--json');
  const shown = eidolon('status', '--json');
  const back = eidolon('learn', 'rollback', id, '--json');
  const twice = eidolon('learn', 'rollback', id);
  const history = JSON.parse(eidolon('learn', 'history', 'bea', '--json').stdout);

  assert.deepEqual(JSON.parse(promoted.stdout), { model: `small+${id}`, adapter: result.adapter });
  assert.equal(spoken.status, 0, spoken.stderr);
  const { model } = JSON.parse(shown.stdout).personas.find(({ name }: { name: string }) => name === 'bea');
  assert.equal(model, `small+${id}`);
  assert.deepEqual(JSON.parse(back.stdout), { model: 'small', adapter: null });
  assert.equal(twice.status, 1);
  assert.match(twice.stderr, /is retired: bea neither speaks with it nor tries it/);
  assert.deepEqual(history[0].moves.map(({ to, by }: { to: string; by: string }) => `${to} by ${by}`).slice(1), [
    'live by owner',
    'retired by owner',
  ]);
  assert.match(eidolon('learn', 'history', 'bea').stdout, /Adapter \d+, retired: over small/);
});

const tooFew: readonly (readonly [string, number, number])[] = [
  ['no decision', 0, 0],
  ['one decision', 1, 0],
  ['all rejected', 0, 40],
];

for (const [name, approved, rejected] of tooFew) {
  test(`${name} teaches nothing, says so, and leaves what was`, async () => {
    const who = persona(`few-${approved}-${rejected}`);
    await decide(who, approved, rejected);

    const { status, stderr } = eidolon('learn', who);
    const atNight = eidolon('learn', who, '--if-changed', '--json');

    assert.equal(status, 1);
    assert.match(stderr, /expected 20 approved texts to learn from, 2 to look at and 5 to be measured by, found/);
    assert.equal(atNight.status, 0);
    assert.equal(jsonLines(atNight.stdout)[0].result, null);
    assert.ok(!existsSync(path.join(home, 'personas', who, 'adapters')));
  });
}

test('killed in the middle, learning leaves what was, and the same command goes on', async () => {
  persona('dora');
  await decide('dora', 80, 0);
  const child = spawn(process.execPath, [BIN, 'learn', 'dora', '--json'], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      if (JSON.parse(line).step > 0) resolve();
    });
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const between = eidolon('generate', 'dora', '-n', '1', '--json');
  const history = JSON.parse(eidolon('learn', 'history', 'dora', '--json').stdout);

  const { status, stdout, stderr } = eidolon('learn', 'dora', '--json');

  assert.equal(between.status, 0);
  assert.deepEqual(history, []);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /Goes on in data\/learning\/dora\//);
  const runs = readdirSync(path.join(home, 'data/learning/dora')).filter((id) => /^\d/.test(id));
  assert.equal(runs.length, 1);
  assert.equal(JSON.parse(eidolon('learn', 'history', 'dora', '--json').stdout).length, 1);
});

test('drafts that are gone since teach nothing; that is said, and the rest is learned', async () => {
  persona('gil');
  await decide('gil', 80, 0);
  const database = new DatabaseSync(storeFile(home));
  const gone = `select id from drafts where persona = 'gil' order by id limit 10`;
  database.exec(`pragma foreign_keys = off;
    delete from candidates where draft_id in (${gone}); delete from drafts where id in (${gone})`);
  database.close();

  const { status, stdout, stderr } = eidolon('learn', 'gil', '--json');

  assert.equal(status, 0, stderr);
  assert.match(stdout, /10 decisions are passed over: their draft or candidate is gone/);
  const { result } = jsonLines(stdout).at(-1);
  const manifest = path.join(home, 'personas/gil/adapters', String(result.adapter), 'manifest.json');
  const { train, validation, test: heldOut } = JSON.parse(readFileSync(manifest, 'utf8')).decisions;
  assert.equal(train.length + validation.length + heldOut.length, 70);
});

test('from 500 decisions on KTO is the challenger: both adapters are measured, and one at most is tried', async () => {
  persona('fay');
  await decide('fay', 110, 400);

  const { status, stdout, stderr } = eidolon('learn', 'fay', '--json');

  assert.equal(status, 0, stderr);
  const { adapters } = jsonLines(stdout).at(-1);
  const history = JSON.parse(eidolon('learn', 'history', 'fay', '--json').stdout);
  assert.deepEqual(
    history.map(({ manifest }: { manifest: { method: string } }) => manifest.method),
    ['rejection sampling', 'kto'],
  );
  assert.equal(adapters.length, 2);
  assert.ok(history.filter((one: { status: string }) => one.status === 'candidate').length <= 1);
  const settings = new Map(
    history[1].manifest.settings.map(({ name, value }: { name: string; value: number }) => [name, value]),
  );
  assert.equal(settings.get('beta'), 0.1);
  assert.equal(settings.get('highest learning rate'), 5e-6);
  const [approved, rejected] = ['approved', 'rejected'].map((side) => {
    return Number(settings.get(`${side} texts`)) * Number(settings.get(`weight of ${side} texts`));
  });
  assert.ok(Math.abs(approved! - rejected!) < 1e-9);
});

test('a persona whose model is an adapter learns on from it, beside the same base, and stands beside neither', async () => {
  persona('eve');
  const yaml = path.join(home, 'personas/eve/persona.yaml');
  writeFileSync(yaml, `${readFileSync(yaml, 'utf8')}train: { epochs: 3, learningRate: 0.01 }\n`);
  const trained = eidolon('train', 'eve', '--method', 'lora', '--from', 'small', '--json');
  assert.equal(trained.status, 0, trained.stderr);
  const run = path.join(home, 'data/runs/eve', jsonLines(trained.stdout).at(-1).result.id);
  if (!existsSync(path.join(home, 'models/eve'))) {
    assert.equal(eidolon('model', 'add', run, '--as', 'eve').status, 0);
  }
  writeFileSync(yaml, readFileSync(yaml, 'utf8').replace('model: small', 'model: eve'));
  await decide('eve', 80, 0);

  const { status, stdout, stderr } = eidolon('learn', 'eve', '--json');

  assert.equal(status, 0, stderr);
  const { result } = jsonLines(stdout).at(-1);
  const folder = path.join(home, 'personas/eve/adapters', String(result.adapter));
  const learned = readModelFolder(folder);
  assert.equal(path.basename(learned.adapter?.base ?? ''), 'small');
  const { numbers } = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
  assert.ok(numbers.own.difference.mean < 0.5, 'it did not begin anew: the corpus is as well known as before');
});
