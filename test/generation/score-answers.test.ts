import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { Turn } from '../../src/corpus/document.ts';
import { generate } from '../../src/generation/generate.ts';
import { scoreAnswers } from '../../src/generation/score-answers.ts';
import { openModel } from '../../src/model/model.ts';
import { writeRandomModel } from '../model/random-model.ts';

const model = await openModel(writeRandomModel(mkdtempSync(path.join(tmpdir(), 'eidolon-')), { deviation: 0.3 }));
const sampling = { temperature: 0.9, topK: 0, topP: 0.95, repetitionPenalty: 1, maxTokens: 8 };
const CONTEXT: readonly Turn[] = [{ by: 'another', text: 'Why?' }];
const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

test('an answer does not hold what it answers, and is written after it', async () => {
  const request = { prompt: 'Oh', count: 2, seed: 3, sampling };
  const alone = await generate(model, request);
  const answers = await generate(model, { ...request, context: CONTEXT });

  for (const { text } of answers) assert.ok(text.startsWith('Oh') && !text.includes('Why?'));
  assert.notDeepEqual(
    answers.map(({ logProbabilities }) => logProbabilities[0]),
    alone.map(({ logProbabilities }) => logProbabilities[0]),
  );
});

test('an answer has a log-probability for each of its own tokens, another one than it has alone', async () => {
  const texts = ['Because.', 'No, and no again.'];

  const [alone, answers] = [await scoreAnswers(model, texts), await scoreAnswers(model, texts, CONTEXT)];

  for (const [index, text] of texts.entries()) {
    const tokens = model.tokenizer.encode(text).length;
    assert.deepEqual(
      [alone[index]!.logProbabilities.length, answers[index]!.logProbabilities.length],
      [tokens, tokens],
    );
    assert.notEqual(sum(alone[index]!.logProbabilities), sum(answers[index]!.logProbabilities));
  }
});
