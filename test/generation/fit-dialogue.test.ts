import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Turn } from '../../src/corpus/document.ts';
import { fitDialogue } from '../../src/generation/fit-dialogue.ts';
import { gpt2Prefix } from '../../src/model/gpt2-vocabulary.ts';
import { createTokenizer } from '../../src/model/tokenizer.ts';
import { tokenDocument } from '../../src/training/data/token-documents.ts';

const tokenizer = createTokenizer(gpt2Prefix(400));
const read = (tokens: readonly number[]) => tokenizer.decode(tokens);
const CONTEXT: readonly Turn[] = [
  { by: 'another', text: 'Is it raining?\nI cannot see.' },
  { by: 'me', text: 'It always is.' },
  { by: 'another', text: 'Since when?' },
];

test('a conversation is read before an answer as it was read in training, token for token', () => {
  const learned = tokenDocument({ id: '1', source: 'x', text: 'Since noon.', context: CONTEXT }, tokenizer);

  const tokens = fitDialogue(tokenizer, { context: CONTEXT, prompt: '' }, 256, 20);

  assert.equal(read(tokens), '<|endoftext|>> Is it raining?\n> I cannot see.\n\nIt always is.\n\n> Since when?\n\n');
  assert.deepEqual(tokens, [...learned.tokens.slice(0, learned.learnFrom)]);
});

test('where it is too long its oldest turns go, and who said what stays marked', () => {
  const tokens = fitDialogue(tokenizer, { context: CONTEXT, prompt: '' }, 40, 10);

  assert.equal(read(tokens), '<|endoftext|>It always is.\n\n> Since when?\n\n');
});

test('of a newest turn that alone is too long its last sentences are read, as the turn of who said them', () => {
  const text = `${'I went there. '.repeat(50)}Nobody was home.`;

  const tokens = fitDialogue(tokenizer, { context: [{ by: 'another', text }], prompt: '' }, 64, 20);

  assert.match(read(tokens), /^<\|endoftext\|>> (I went there\. )+Nobody was home\.\n\n$/);
  assert.ok(tokens.length <= 44);
});

test('whatever was said, what is read leaves room for an answer', () => {
  const turn = fc.record({
    by: fc.constantFrom('me' as const, 'another' as const),
    text: fc.string({ unit: 'grapheme', maxLength: 400 }),
  });
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 6 }), fc.string({ maxLength: 20 }), (context, prompt) => {
      const tokens = fitDialogue(tokenizer, { context, prompt }, 64, 16);

      assert.ok(tokens.length >= 1 && tokens.length <= 48);
    }),
    { numRuns: 200 },
  );
});
