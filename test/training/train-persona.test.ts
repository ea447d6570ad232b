import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { loadPersona } from '../../src/persona/load-persona.ts';
import { train } from '../../src/training/train.ts';
import { finishPersonaTraining, parentOf, preparePersonaTraining } from '../../src/training/train-persona.ts';
import { writeRandomModel } from '../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'eidolon-train-persona-'));
after(() => rmSync(home, { recursive: true }));
const models = path.join(home, 'models');
const base = writeRandomModel(path.join(models, 'small'), { n_positions: 16, deviation: 0.02 });

function personaWith(name: string, texts: readonly string[], model = 'small') {
  const folder = path.join(home, 'personas', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'persona.yaml'), `name: ${name}\nmodel: ${model}\n`);
  writeFileSync(
    path.join(folder, 'corpus.jsonl'),
    texts.map((text, id) => `${JSON.stringify({ id: String(id), text, source: 'made up' })}\n`).join(''),
  );
  return loadPersona(folder);
}

const options = (name: string) => ({
  base,
  output: path.join(models, name),
  folder: path.join(home, 'data', name),
  epochs: 2,
  learningRate: 1e-2,
});

test('a trained persona is a model of its own that knows its corpus better than its parent does', async () => {
  const persona = personaWith(
    'ada',
    Array.from({ length: 100 }, (_, index) => `The engine weaves algebraic patterns, number ${index}.`),
  );
  const training = preparePersonaTraining(persona, options('ada'));

  for await (const _ of train(training));
  const { bitsPerByte } = await finishPersonaTraining(training);

  assert.ok(bitsPerByte.persona < 0.8 * bitsPerByte.base, JSON.stringify(bitsPerByte));
  const { config, weights } = readModelFolder(path.join(models, 'ada'));
  assert.deepEqual(config, training.config);
  assert.equal(weights.tensors.get('wte.weight')?.dtype, 'F16');
  const run = JSON.parse(readFileSync(path.join(models, 'ada', 'run.json'), 'utf8'));
  assert.equal(run.parent, 'small');
  assert.equal(run.documents.train + run.documents.validation + run.documents.test, 100);
  assert.equal(parentOf(personaWith('ada', ['x'], 'ada'), models), 'small');
});

test('too small a corpus, and a name that would overwrite a model of somebody else, are refused', () => {
  assert.throws(
    () => preparePersonaTraining(personaWith('bob', ['Hello.']), options('bob')),
    /expected some \d+ tokens/,
  );
  assert.throws(
    () => preparePersonaTraining(personaWith('small', ['Hello.']), options('small')),
    /expected a model trained for small, found another/,
  );
  assert.ok(!existsSync(path.join(home, 'data')) || !existsSync(path.join(home, 'data', 'bob')));
});
