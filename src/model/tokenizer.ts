/** Text to token ids and back, by a model folder's tokenizer.json. Only byte-level BPE with GPT-2's way of cutting words. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Tokenizer as BytePairTokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { END_OF_TEXT } from './byte-pair-tokenizer.ts';
import { baseFolder } from './peft.ts';

export interface Tokenizer {
  /** Every text has ids; lone surrogates count as U+FFFD. A written `<|endoftext|>` is text like any other. */
  encode(text: string): number[];
  /** Bytes that are not UTF-8 (a character cut in two) become U+FFFD. */
  decode(ids: readonly number[]): string;
  /** UTF-16 units of a token that is decoded alone. */
  unitsOf(id: number): number;
  readonly endOfText: number;
  readonly vocabularySize: number;
}

/** Whitespace with the word after it: GPT-2's pattern never joins what stands on both sides of such a cut. */
const CHUNK = /\s*\S+|\s+/g;
/** About 10 MB of ids for words; text has few that are longer than a line. */
const CACHE_CAPACITY = 65_536;
const LONGEST_CACHED = 80;

const byteLevel = z.object({ type: z.literal('ByteLevel') });
const schema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int().nonnegative(), content: z.string() })),
  normalizer: z.null(),
  pre_tokenizer: byteLevel.extend({ add_prefix_space: z.literal(false), use_regex: z.literal(true).default(true) }),
  decoder: byteLevel,
  model: z.looseObject({
    type: z.literal('BPE').default('BPE'), // the files of OpenAI's own sizes are older than this field
    vocab: z.record(z.string(), z.int().nonnegative()),
    merges: z.union([z.array(z.string()), z.array(z.tuple([z.string(), z.string()]))]),
  }),
});

/** Of an adapter's folder, its base's. */
export function loadTokenizer(folder: string): Tokenizer {
  const file = path.join(baseFolder(folder), 'tokenizer.json');
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const found = error instanceof SyntaxError ? 'something that is not JSON' : 'none that can be read';
    throw refuse(file, "GPT-2's tokenizer", found, error);
  }
  return createTokenizer(json, file);
}

/** A tokenizer from the parsed content of a tokenizer.json; `file` is what an error names. */
export function createTokenizer(json: unknown, file = 'tokenizer.json'): Tokenizer {
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(file, "GPT-2's tokenizer (byte-level BPE)", `${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { added_tokens: addedTokens, model } = parsed.data;
  const endOfText = addedTokens.find(({ content }) => content === END_OF_TEXT)?.id ?? model.vocab[END_OF_TEXT];
  if (endOfText === undefined) throw refuse(file, `a token ${END_OF_TEXT}`, 'none');

  // Without its added tokens the library reads a written <|endoftext|> as plain text, which nobody can then smuggle in.
  const library = new BytePairTokenizer(
    {
      ...parsed.data,
      added_tokens: [],
      post_processor: null,
      model: { ...model, vocab: { ...model.vocab, ...addedIds(addedTokens) } },
    },
    { clean_up_tokenization_spaces: false },
  );
  const vocabularySize = Math.max(...Object.values(model.vocab), ...addedTokens.map(({ id }) => id)) + 1;
  const pieces: (string | undefined)[] = new Array(vocabularySize);
  const decodeOne = (id: number) => (pieces[id] ??= library.decode([id]));
  return {
    encode: cachedEncode((text) => library.encode(text).ids),
    decode: (ids) => decodeByPieces(ids, decodeOne, (some) => library.decode(some)),
    unitsOf: (id) => decodeOne(id).length,
    endOfText,
    vocabularySize,
  };
}

const addedIds = (tokens: readonly { readonly id: number; readonly content: string }[]) =>
  Object.fromEntries(tokens.map(({ id, content }) => [content, id]));

/** The library takes 10 µs for a token. Only those that hold a part of a character need their neighbours. */
function decodeByPieces(
  ids: readonly number[],
  decodeOne: (id: number) => string,
  decodeSome: (ids: number[]) => string,
): string {
  let text = '';
  let parts: number[] = [];
  const join = () => {
    if (parts.length > 0) text += decodeSome(parts);
    parts = [];
  };
  for (const id of ids) {
    const piece = decodeOne(id);
    if (piece.includes('\uFFFD')) parts.push(id);
    else {
      join();
      text += piece;
    }
  }
  join();
  return text;
}

/** The library takes a second for a megabyte; most words have been seen before. */
function cachedEncode(encode: (text: string) => number[]): (text: string) => number[] {
  const cache = new Map<string, readonly number[]>();
  const encodeChunk = (chunk: string): readonly number[] => {
    const known = cache.get(chunk);
    if (known) return known;

    const ids = encode(chunk);
    if (cache.size >= CACHE_CAPACITY) cache.clear();
    if (chunk.length <= LONGEST_CACHED) cache.set(chunk, ids);
    return ids;
  };
  return (text) => (text.toWellFormed().match(CHUNK) ?? []).flatMap(encodeChunk);
}

function refuse(file: string, expected: string, found: string, cause?: unknown): UserError {
  return new UserError(`${file}: expected ${expected}, found ${found}`, {
    hint: "Take the tokenizer.json of the model's own folder on the hub.",
    cause,
  });
}
