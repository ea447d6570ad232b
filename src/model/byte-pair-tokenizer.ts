/** The tokenizer.json of a byte-level BPE as GPT-2 has it, from its vocabulary and merges. */

export const END_OF_TEXT = '<|endoftext|>';

export type TokenizerJson = ReturnType<typeof bytePairTokenizer>;

/**
 * @param vocabulary ids by token, in the visible alphabet of byte-level BPE; the end of text is among them.
 * @param merges two tokens with a space between them, the first merge first.
 */
export function bytePairTokenizer(vocabulary: ReadonlyMap<string, number>, merges: readonly string[]) {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: vocabulary.get(END_OF_TEXT) ?? vocabulary.size,
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
      vocab: Object.fromEntries(vocabulary),
      merges: [...merges],
    },
  };
}
