/** The files beside tokenizer.json from which other programs make GPT-2's tokenizer. */
import { z } from 'zod';

const schema = z.object({
  added_tokens: z.array(
    z.object({
      id: z.int(),
      content: z.string(),
      single_word: z.boolean().default(false),
      lstrip: z.boolean().default(false),
      rstrip: z.boolean().default(false),
      normalized: z.boolean().default(false),
      special: z.boolean().default(true),
    }),
  ),
  model: z.object({
    vocab: z.record(z.string(), z.int()),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  }),
});

export interface TokenizerFiles {
  readonly 'vocab.json': string;
  readonly 'merges.txt': string;
  readonly 'tokenizer_config.json': string;
}

/**
 * @param json the parsed content of a tokenizer.json that `createTokenizer` takes.
 * @param endOfText the id of the token that begins and ends a text.
 * @param longest tokens that the model can see.
 */
export function tokenizerFiles(json: unknown, endOfText: number, longest: number): TokenizerFiles {
  const { added_tokens: added, model } = schema.parse(json);
  const tokens = Object.entries(model.vocab).toSorted(([, a], [, b]) => a - b);
  const ofText = [...added, ...tokens.map(([content, id]) => ({ content, id }))].find(({ id }) => id === endOfText);
  const merges = model.merges.map((merge) => (typeof merge === 'string' ? merge : merge.join(' ')));
  return {
    'vocab.json': JSON.stringify(Object.fromEntries(tokens)),
    // The first line is skipped by every reader, whatever it says.
    'merges.txt': `${['#version: 0.2', ...merges].join('\n')}\n`,
    'tokenizer_config.json': `${JSON.stringify(
      {
        tokenizer_class: 'GPT2Tokenizer',
        model_max_length: longest,
        add_prefix_space: false,
        clean_up_tokenization_spaces: false,
        bos_token: ofText?.content,
        eos_token: ofText?.content,
        unk_token: ofText?.content,
        added_tokens_decoder: Object.fromEntries(added.map(({ id, ...token }) => [id, token])),
      },
      null,
      2,
    )}\n`,
  };
}
