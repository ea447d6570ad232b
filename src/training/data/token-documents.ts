/** Documents as a model reads them: rows of token ids, with what of them is to be learned. */
import { dialogueBefore } from '../../corpus/dialogue.ts';
import type { Document } from '../../corpus/document.ts';

export interface TextEncoder {
  readonly endOfText: number;
  encode(text: string): readonly number[];
}

export interface TokenDocument {
  readonly id: string;
  /** Between two end-of-text tokens, so that beginning and end are learned as such. */
  readonly tokens: Uint32Array;
  /** Index of the first token to be predicted: 1, or where the persona's own turn begins. */
  readonly learnFrom: number;
  /**
   * At which a model drew it; absent of what people wrote. Its loss is that of the logits divided by it: what was drawn there is
   * as likely there as it was drawn, while at 1 it would look sharper than the model is, and make it so.
   */
  readonly temperature?: number | undefined;
}

/** What the document answers is read, and never learned: those words are another's, or learned as a document of their own. */
export function tokenDocument(
  { id, text, context = [] }: Document,
  tokenizer: TextEncoder,
  temperature?: number,
): TokenDocument {
  const { endOfText } = tokenizer;
  const before = context.length > 0 ? tokenizer.encode(dialogueBefore(context)) : [];
  const tokens = Uint32Array.from([endOfText, ...before, ...tokenizer.encode(text), endOfText]);
  return { id, tokens, learnFrom: 1 + before.length, ...(temperature !== undefined && { temperature }) };
}

/** Tokens that are predicted. */
export function learnedTokens(documents: readonly TokenDocument[]): number {
  return documents.reduce((sum, { tokens, learnFrom }) => sum + tokens.length - learnFrom, 0);
}
