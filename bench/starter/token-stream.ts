import type { TextEncoder } from '../../src/training/data/token-documents.ts';

/** Tokens of many texts in one row, each ended by the end-of-text token; one stands before the first too. */
export function tokenStream(texts: Iterable<string>, tokenizer: TextEncoder): Uint32Array {
  const tokens = [tokenizer.endOfText];
  for (const text of texts) {
    for (const token of tokenizer.encode(text)) tokens.push(token);
    tokens.push(tokenizer.endOfText);
  }
  return Uint32Array.from(tokens);
}
