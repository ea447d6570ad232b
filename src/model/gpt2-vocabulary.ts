/**
 * Makes tokenizers whose vocabulary is a prefix of GPT-2's: its 256 bytes, its first merges, and the end of text. A prefix
 * of the merges is itself a valid byte-level BPE. GPT-2's list comes from the development package gpt-tokenizer, so only
 * recipes and tests import this file.
 */
import tokensByRank from 'gpt-tokenizer/bpeRanks/r50k_base';

export const END_OF_TEXT = '<|endoftext|>';
const BYTES = 256;

export type TokenizerJson = ReturnType<typeof gpt2Prefix>;

/** The tokenizer.json of GPT-2's first tokens: 256 bytes, `vocabularySize` - 257 merges, and last the end of text. */
export function gpt2Prefix(vocabularySize: number) {
  const count = vocabularySize - 1;
  if (count < BYTES || count > tokensByRank.length) {
    throw new RangeError(
      `A prefix of GPT-2 has ${BYTES + 1} to ${tokensByRank.length + 1} tokens, not ${vocabularySize}`,
    );
  }
  const tokens = tokensByRank.slice(0, count).map(visible);
  const ranks = new Map(tokens.map((token, rank) => [token, rank]));
  const merges = tokens.slice(BYTES).map((token, index) => mergeOf(token, BYTES + index, ranks));
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: count,
        content: END_OF_TEXT,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      },
    ],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries([...ranks, [END_OF_TEXT, count]]),
      merges: merges.map((pair) => pair.join(' ')),
    },
  };
}

/** The two tokens that a token was merged from: what BPE makes of its bytes when only earlier merges exist. */
function mergeOf(token: string, rank: number, ranks: ReadonlyMap<string, number>): readonly string[] {
  let parts = [...token];
  while (parts.length > 2) {
    const candidates = parts.slice(1).map((part, index) => ranks.get(parts[index] + part) ?? Number.POSITIVE_INFINITY);
    const lowest = Math.min(...candidates);
    if (lowest >= rank) throw new Error(`Token ${rank} of GPT-2's list is not a merge of two earlier ones`);
    const at = candidates.indexOf(lowest);
    parts = parts.toSpliced(at, 2, `${parts[at]}${parts[at + 1]}`);
  }
  return parts;
}

/** A token's bytes in the visible alphabet of byte-level BPE, in which a space is Ġ. */
function visible(token: string | readonly number[]): string {
  return Array.from(typeof token === 'string' ? Buffer.from(token) : token, (byte) => VISIBLE_BYTES[byte]).join('');
}

/** Bytes that are printable in Latin-1 stand for themselves; the others, in order, for the characters from U+0100 on. */
const VISIBLE_BYTES: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: BYTES }, (_, byte) =>
    String.fromCharCode(/[!-~¡-¬®-ÿ]/u.test(String.fromCharCode(byte)) ? byte : next++),
  );
})();
