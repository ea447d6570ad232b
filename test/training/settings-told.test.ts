import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { personaJsonSchema } from '../../src/persona/json-schema.ts';
import { loadPersona } from '../../src/persona/load-persona.ts';
import { DEFAULTS, LORA, METHOD } from '../../src/training/defaults.ts';
import { type Overrides, planTraining } from '../../src/training/plan-training.ts';
import { writeRandomModel } from '../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'settings-told-'));
after(() => rmSync(home, { recursive: true }));
writeRandomModel(path.join(home, 'models/small'));

/** What is planned for a persona with these lines of `train:` in its persona.yaml. */
async function planned(train: string, overrides: Overrides = {}) {
  const folder = path.join(home, 'personas/ada');
  mkdirSync(folder, { recursive: true });
  const texts = Array.from({ length: 60 }, (_, index) => `The engine weaves patterns, number ${index}.`);
  writeFileSync(path.join(folder, 'corpus.txt'), texts.join('\n\n'));
  writeFileSync(
    path.join(folder, 'persona.yaml'),
    `name: ada\nmodel: small\ncorpus: corpus.txt\ntrain: { ${train} }\n`,
  );
  return (await planTraining(loadPersona(folder), home, new Date(0), overrides)).plan;
}

async function told(train: string, overrides: Overrides = {}) {
  const { settings } = await planned(train, overrides);
  return Object.fromEntries(settings.map(({ name, value, source }) => [name, { value, source }]));
}

test('what nobody says is told with the source of the default', async () => {
  const settings = await told('');

  assert.deepEqual(settings.method, METHOD);
  assert.deepEqual(settings.seed, DEFAULTS.seed);
  assert.equal(settings['steps at most']!.source, DEFAULTS.epochs.source);
  assert.deepEqual(settings['highest learning rate'], { value: 5e-4, source: 'measured on the starter' });
  assert.deepEqual(settings['largest norm of the gradient'], DEFAULTS.clipNorm);
});

test('what persona.yaml says is told as its own, also where it is what would be done anyway', async () => {
  const settings = await told('method: full, seed: 1, epochs: 10, learningRate: 0.0005');

  for (const name of ['method', 'seed', 'steps at most', 'highest learning rate']) {
    assert.equal(settings[name]!.source, 'persona.yaml', name);
  }
});

test('what the command says is told as the command’s, whatever persona.yaml says', async () => {
  const settings = await told('method: lora, seed: 2, epochs: 4, learningRate: 0.01', {
    method: 'full',
    seed: 3,
    epochs: 5,
    learningRate: 0.02,
  });

  assert.deepEqual(settings.method, { value: 'full', source: 'command line' });
  assert.deepEqual(settings.seed, { value: 3, source: 'command line' });
  assert.deepEqual(settings['highest learning rate'], { value: 0.02, source: 'command line' });
  assert.equal(settings['steps at most']!.source, 'command line');
});

test('a stage that says its own length has it from persona.yaml, and only one that does not from --epochs', async () => {
  const stages =
    'stages: [{ corpora: { mine: 1 }, steps: 7 }, { corpora: { mine: 1 }, epochs: 2 }, { corpora: { mine: 1 } }]';

  const settings = await told(stages, { epochs: 5 });

  const lengths = Object.entries(settings).filter(([name]) => name.startsWith('steps at most'));
  assert.deepEqual(
    lengths.map(([, { source }]) => source),
    ['persona.yaml', 'persona.yaml', 'command line'],
  );
  assert.equal(lengths[0]![1].value, 7);
});

test('a warm-up that is cut to a share of the steps is told as that', async () => {
  const [short, long] = [await told('epochs: 1'), await told('epochs: 100')];

  assert.equal(short['warm-up steps']!.source, DEFAULTS.warmupShare.source);
  assert.equal(long['warm-up steps']!.source, DEFAULTS.warmupEpochs.source);
});

test('each value of an adapter is told from its default', async () => {
  const settings = await told('method: lora, lora: { r: 4, dropout: 0.05 }');

  assert.deepEqual(settings.rank, { value: 4, source: 'persona.yaml' });
  assert.deepEqual(settings.dropout, { value: 0.05, source: 'persona.yaml' });
  assert.deepEqual(settings.alpha, LORA.alpha);
  assert.deepEqual(settings['adapted layers'], { value: 'c_attn, c_proj, c_fc', source: LORA.targets.source });
});

test('a training is the same whoever says its settings', async () => {
  const [silent, written, flagged, other] = await Promise.all([
    planned(''),
    planned('seed: 1, epochs: 10'),
    planned('', { seed: 1, epochs: 10 }),
    planned('seed: 2'),
  ]);

  assert.equal(written.fingerprint, silent.fingerprint);
  assert.equal(flagged.fingerprint, silent.fingerprint);
  assert.notEqual(other.fingerprint, silent.fingerprint);
});

test('editors are told the defaults that trainings have', () => {
  type Schema = { readonly default?: unknown; readonly properties: Readonly<Record<string, Schema>> };

  const { train } = (personaJsonSchema() as unknown as Schema).properties;

  const { method, epochs, seed, lora } = train!.properties;
  assert.deepEqual(
    [method, epochs, seed].map((setting) => setting!.default),
    [METHOD.value, DEFAULTS.epochs.value, DEFAULTS.seed.value],
  );
  for (const [name, { value }] of Object.entries(LORA)) assert.deepEqual(lora!.properties[name]!.default, value, name);
});
