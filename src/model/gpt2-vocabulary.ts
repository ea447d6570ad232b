/**
 * Makes tokenizers whose vocabulary is a prefix of GPT-2's: its 256 bytes, its first merges, and the end of text. A prefix
 * of the merges is itself a valid byte-level BPE. GPT-2's list comes from the package gpt-tokenizer, which takes a moment to
 * load: import this file where it is needed.
 */
import tokensByRank from 'gpt-tokenizer/bpeRanks/r50k_base';
import { bytePairTokenizer, END_OF_TEXT, type TokenizerJson } from './byte-pair-tokenizer.ts';

const BYTES = 256;

/** The tokenizer.json of GPT-2's first tokens: 256 bytes, `vocabularySize` - 257 merges, and last the end of text. */
export function gpt2Prefix(vocabularySize: number): TokenizerJson {
  const count = vocabularySize - 1;
  if (count < BYTES || count > tokensByRank.length) {
    throw new RangeError(
      `A prefix of GPT-2 has ${BYTES + 1} to ${tokensByRank.length + 1} tokens, not ${vocabularySize}`,
    );
  }
  const tokens = tokensByRank.slice(0, count).map(visible);
  const ranks = new Map(tokens.map((token, rank) => [token, rank]));
  const merges = tokens.slice(BYTES).map((token, index) => mergeOf(token, BYTES + index, ranks));
  return bytePairTokenizer(
    new Map([...ranks, [END_OF_TEXT, count]]),
    merges.map((pair) => pair.join(' ')),
  );
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
