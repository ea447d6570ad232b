import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitPrompt } from '../../src/generation/fit-prompt.ts';
import { gpt2Prefix } from '../../src/model/gpt2-vocabulary.ts';
import { createTokenizer } from '../../src/model/tokenizer.ts';

const tokenizer = createTokenizer(gpt2Prefix(400));
const read = (tokens: readonly number[]) => tokenizer.decode(tokens);

test('a prompt that fits follows the end of text, and an empty one is the end of text alone', () => {
  assert.equal(read(fitPrompt(tokenizer, 'It was late.', 64, 20)), '<|endoftext|>It was late.');
  assert.deepEqual(fitPrompt(tokenizer, '', 64, 20), [tokenizer.endOfText]);
});

test('of a longer one, the last whole sentences that fit are kept', () => {
  const prompt = 'He came. He saw much of the town. He went home. And then';

  const tokens = fitPrompt(tokenizer, prompt, 32, 12);

  assert.equal(read(tokens), 'He went home. And then');
  assert.ok(tokens.length <= 20);
});

test('a last sentence that does not fit is cut within, to the token', () => {
  const tokens = fitPrompt(tokenizer, 'word after word '.repeat(20), 32, 12);

  assert.equal(tokens.length, 20);
});

test('however much is to be written, half of the context is left for the prompt', () => {
  assert.equal(fitPrompt(tokenizer, 'word after word '.repeat(20), 32, 1000).length, 16);
});
