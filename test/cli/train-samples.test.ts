import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { sampleFrom } from '../../src/cli/train-samples.ts';
import { UserError } from '../../src/errors.ts';
import { writeRandomModel } from '../model/random-model.ts';

const folder = writeRandomModel(mkdtempSync(path.join(tmpdir(), 'eidolon-')), { deviation: 0.3 });
const sampling = { temperature: 0.9, topK: 0, topP: 0.95, repetitionPenalty: 1, maxTokens: 12 };

test('the prompts take turns, every text has a seed of its own, and the same request writes the same', async () => {
  const request = { count: 5, seed: 3, sampling };

  const samples = await sampleFrom(folder, ['The moss', 'The rain'], request);

  assert.deepEqual(
    samples.map(({ prompt }) => prompt),
    ['The moss', 'The moss', 'The moss', 'The rain', 'The rain'],
  );
  for (const { prompt, text } of samples) assert.ok(text.startsWith(prompt));
  assert.equal(new Set(samples.map(({ prompt, text }) => text.slice(prompt.length))).size, 5);
  assert.deepEqual(await sampleFrom(folder, ['The moss', 'The rain'], request), samples);
});

test('fewer texts than prompts use the first prompts, and none at all write from nothing', async () => {
  const few = await sampleFrom(folder, ['a', 'b', 'c'], { count: 2, seed: 1, sampling });
  const fromNothing = await sampleFrom(folder, [], { count: 2, seed: 1, sampling });

  assert.deepEqual(
    few.map(({ prompt }) => prompt),
    ['a', 'b'],
  );
  assert.deepEqual(
    fromNothing.map(({ prompt }) => prompt),
    ['', ''],
  );
});

test('a folder without a model is told in one line', async () => {
  await assert.rejects(sampleFrom(tmpdir(), ['a'], { count: 1, seed: 1, sampling }), UserError);
});
