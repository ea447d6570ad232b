import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openModel } from '../../src/model/model.ts';
import { readSafetensors, readTensor } from '../../src/model/safetensors.ts';
import { scoreTexts, scoreTokens } from '../../src/model/score-texts.ts';

const TINY = path.join(import.meta.dirname, 'fixtures/tiny-gpt2');
const inputIds: number[][] = JSON.parse(readFileSync(path.join(TINY, 'inputs.json'), 'utf8')).inputIds;
const goldens = readSafetensors(path.join(TINY, 'goldens.safetensors'));
const [T, C] = [16, 16];
const model = await openModel(TINY);

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(actual.length, expected.length);
  for (let at = 0; at < actual.length; at++) assert.ok(Math.abs(actual[at]! - expected[at]!) < 1e-3);
}

test("log-probabilities and mean hidden states equal PyTorch's, also where rows differ in length", async () => {
  const logProbabilities = readTensor(goldens, 'log_probabilities');
  const meanHidden = readTensor(goldens, 'mean_hidden');

  const scores = await scoreTokens(model, [...inputIds, inputIds[0]!.slice(0, 5)]);

  for (let row = 0; row < inputIds.length; row++) {
    assertClose(scores[row]!.logProbabilities, logProbabilities.subarray(row * T, row * T + T - 1));
    assertClose(scores[row]!.hidden, meanHidden.subarray(row * C, (row + 1) * C));
  }
  assertClose(scores[3]!.logProbabilities, logProbabilities.subarray(0, 4));
});

test('a text has a log-probability for each of its tokens, however long it is, and an empty one has a vector', async () => {
  const long = 'A lexicographer defines what others only mean. '.repeat(20);

  const [short, empty, longer] = await scoreTexts(model, ['Hello', '', long]);

  assert.equal(short!.logProbabilities.length, model.tokenizer.encode('Hello').length);
  assert.equal(empty!.logProbabilities.length, 0);
  assert.ok(empty!.hidden.some((value) => value !== 0));
  assert.equal(longer!.logProbabilities.length, model.tokenizer.encode(long).length);
  assert.ok([...short!.logProbabilities, ...longer!.logProbabilities].every((value) => value < 0));
});

test('no texts have no scores', async () => {
  assert.deepEqual(await scoreTexts(model, []), []);
});
