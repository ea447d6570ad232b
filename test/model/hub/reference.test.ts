import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReference } from '../../../src/model/hub/reference.ts';

const references = [
  ['gpt2', 'openai-community/gpt2', 'main'],
  ['gpt2-xl', 'openai-community/gpt2-xl', 'main'],
  ['distilgpt2', 'distilbert/distilgpt2', 'main'],
  ['gpt2-large@607a30d', 'openai-community/gpt2-large', '607a30d'],
  ['ada/gulls-v1.2', 'ada/gulls-v1.2', 'main'],
  ['ada/gulls@refs/pr/3', 'ada/gulls', 'refs/pr/3'],
] as const;
for (const [text, repository, revision] of references) {
  test(`${text} is ${repository} at ${revision}`, () => {
    assert.deepEqual(parseReference(text), { repository, revision });
  });
}

const strange = [
  '',
  'llama',
  'toString',
  'a/b/c',
  '../gpt2',
  'ada/..',
  'ada/gulls@',
  'ada/gulls@../x',
  'https://huggingface.co/ada/gulls',
  'a b/c',
];
for (const text of strange) {
  test(`"${text}" is no name of a model on a hub`, () => {
    assert.throws(() => parseReference(text), { name: 'UserError', message: /^Expected owner\/name/ });
  });
}
