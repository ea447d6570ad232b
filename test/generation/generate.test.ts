import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { generate } from '../../src/generation/generate.ts';
import type { Output } from '../../src/model/activations.ts';
import { type Model, openModel } from '../../src/model/model.ts';
import { scoreTokens } from '../../src/model/score-texts.ts';
import { writeRandomModel } from '../model/random-model.ts';

const model = await openModel(writeRandomModel(mkdtempSync(path.join(tmpdir(), 'eidolon-')), { deviation: 0.3 }));
const sampling = { temperature: 0.9, topK: 0, topP: 0.95, repetitionPenalty: 1, maxTokens: 12 };
const request = { prompt: 'It is a truth', count: 4, seed: 11, sampling };

test('several candidates of one prompt, each with its seed, what it begins with and what it cost', async () => {
  const candidates = await generate(model, request);

  assert.deepEqual(
    candidates.map(({ seed }) => seed),
    [11, 12, 13, 14],
  );
  for (const { text, tokens, logProbabilities, finish } of candidates) {
    assert.ok(text.startsWith('It is a truth'));
    assert.equal(logProbabilities.length, tokens);
    assert.ok(logProbabilities.every((value) => value <= 0));
    assert.equal(finish === 'length', tokens === 12);
  }
  assert.equal(new Set(candidates.map(({ text }) => text)).size, 4);
});

test('the same seed writes the same text, also alone and with other neighbours', async () => {
  const batch = await generate(model, request);
  const again = await generate(model, request);
  const alone = await generate(model, { ...request, count: 1, seed: 13 });
  const shifted = await generate(model, { ...request, seed: 12 });

  assert.deepEqual(again, batch);
  assert.equal(alone[0]!.text, batch[2]!.text);
  assert.deepEqual(
    shifted.slice(0, 3).map(({ text }) => text),
    batch.slice(1).map(({ text }) => text),
  );
});

test('temperature 0 writes one text whatever the seed', async () => {
  const candidates = await generate(model, { ...request, sampling: { ...sampling, temperature: 0 } });

  assert.equal(new Set(candidates.map(({ text }) => text)).size, 1);
});

test("log-probabilities are the model's own, whatever the sampling", async () => {
  const read: number[] = [];
  const recording = withForward((input) => {
    read.push(...input.tokens[0]!);
    return model.network.forward(input);
  });
  const [candidate] = await generate(recording, { ...request, prompt: '', count: 1 });

  const [score] = await scoreTokens(model, [read]);

  assert.equal(read.length, 12, 'the end of text before them all, and all but the last');
  for (const [at, value] of score!.logProbabilities.entries()) {
    assert.ok(Math.abs(value - candidate!.logProbabilities[at]!) < 1e-3);
  }
});

test('the end of text ends a row, and the others go on', async () => {
  const end = model.tokenizer.endOfText;
  const usual = await generate(
    drawing(end, () => false),
    request,
  );
  const ending = drawing(end, (step, row) => (step === 3 && row === 3) || (step === 5 && row === 1));

  const candidates = await generate(ending, request);

  const outcomes = candidates.map(({ tokens, finish }) => [tokens, finish]);
  const whole = [12, 'length'];
  assert.deepEqual(outcomes, [whole, [5, 'end-of-text'], whole, [3, 'end-of-text']]);
  assert.deepEqual([candidates[0]!.text, candidates[2]!.text], [usual[0]!.text, usual[2]!.text]);
  assert.ok(usual[3]!.text.startsWith(candidates[3]!.text));
});

test('a text keeps within its characters, as its network counts them', async () => {
  const inAll = await generate(model, { ...request, maxCharacters: 20 });
  const inPairs = await generate(model, { ...request, maxCharacters: 10 }, { characters: (text) => text.length / 2 });

  for (const { text } of inAll) assert.ok([...text].length <= 20);
  assert.ok(inAll.some(({ finish }) => finish === 'characters'));
  assert.ok(inPairs.every(({ text }) => text.length <= 20));
});

test('a prompt longer than the context is cut from the left at a sentence, and the text keeps all of it', async () => {
  const prompt = `${'He went home again. '.repeat(30)}She stayed`;

  const [candidate] = await generate(model, { ...request, prompt, count: 1 });

  assert.ok(candidate!.text.startsWith(prompt));
  assert.equal(candidate!.tokens, 12);
});

test('a prompt without any sentence is cut where it must be, and room is left for half of the context', async () => {
  const [candidate] = await generate(model, {
    ...request,
    prompt: 'word '.repeat(100),
    count: 1,
    sampling: { ...sampling, maxTokens: 1000, repetitionPenalty: 1.2, topK: 50 },
  });

  assert.ok(candidate!.tokens >= model.config.n_positions / 2 || candidate!.finish === 'end-of-text');
});

test('a signal stops it between two steps', async () => {
  const controller = new AbortController();
  let steps = 0;
  const stopping = withForward((input) => {
    if (++steps === 3) controller.abort();
    return model.network.forward(input);
  });

  await assert.rejects(generate(stopping, request, { signal: controller.signal }), { name: 'AbortError' });

  assert.equal(steps, 3);
});

test('no candidates are asked for, none are made', async () => {
  assert.deepEqual(await generate(model, { ...request, count: 0 }), []);
});

function withForward(forward: Model['network']['forward']): Model {
  return { ...model, network: { ...model.network, forward } };
}

/** The model, but a token is drawn exactly where it is said to be. Step 0 reads the prompt. */
function drawing(token: number, where: (step: number, row: number) => boolean): Model {
  let step = -1;
  return withForward(async (input) => {
    const activations: Partial<Record<Output, Float32Array>> = await model.network.forward(input);
    const all = activations.probabilities ?? new Float32Array();
    const V = model.config.vocab_size;
    step++;
    for (let row = 0; row < input.tokens.length; row++) {
      const probabilities = all.subarray(row * V, (row + 1) * V);
      probabilities[token] = 0;
      if (where(step, row)) probabilities.fill(0)[token] = 1;
    }
    return activations as never;
  });
}
