/** A prompt's tokens, cut from the left at a sentence where it is too long for the model's context. */
import type { Tokenizer } from '../model/tokenizer.ts';

/**
 * A whole prompt follows the end-of-text token, which stands before every text the model has learned from. Room is left for
 * `maxTokens` new tokens, but no more than half of the context.
 */
export function fitPrompt(tokenizer: Tokenizer, prompt: string, context: number, maxTokens: number): number[] {
  const room = roomBefore(context, maxTokens);
  const whole = [tokenizer.endOfText, ...tokenizer.encode(prompt)];
  if (whole.length <= room) return whole;

  const kept: string[] = [];
  for (const { segment } of [...new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(prompt)].reverse()) {
    if (tokenizer.encode([segment, ...kept].join('')).length > room) break;
    kept.unshift(segment);
  }
  return kept.length > 0 ? tokenizer.encode(kept.join('')) : whole.slice(-room);
}

/** Tokens of the context that are left for what stands before `maxTokens` new ones. */
export function roomBefore(context: number, maxTokens: number): number {
  return context - Math.min(maxTokens, Math.floor(context / 2));
}
