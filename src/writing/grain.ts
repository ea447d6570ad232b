/** How much of what a model wrote is offered as one continuation. */

import { sentenceEnds } from '../generation/sentence-ends.ts';
import { removeInvisible } from '../generation/tidy.ts';
import type { Grain } from './turn.ts';

/** Tokens that are written at most for a continuation: room for a long one of its kind. */
export const TOKENS: Readonly<Record<Grain, number>> = { clause: 24, sentence: 64, paragraph: 192 };

const CLAUSE_END = /(?:[,;:]|\s[—–-])["'”’»)\]}]*(?=\s|$)/gu;
/** Before a continuation, what tells whether a full stop in it belongs to an abbreviation. In characters. */
const BEFORE = 40;

/** `written` up to where the first clause, sentence or paragraph is whole; all of it where none is. '' where there are no words. */
export function cutAtGrain(before: string, written: string, grain: Grain): string {
  const visible = removeInvisible(written.toWellFormed().normalize('NFC')).replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n');
  const firstWord = visible.search(/[\p{L}\p{N}]/u);
  if (firstWord < 0) return '';
  const ends = endsIn(before.slice(-BEFORE), visible, grain).filter((end) => end > firstWord);
  return visible.slice(0, ends.length > 0 ? Math.min(...ends) : undefined).trimEnd();
}

function endsIn(before: string, written: string, grain: Grain): number[] {
  const paragraphs = [...written.matchAll(/\n[^\S\n]*\n/g)].map(({ index }) => index);
  if (grain === 'paragraph') return paragraphs;
  const sentences = sentenceEnds(before + written).map((end) => end - before.length);
  if (grain === 'sentence') return [...paragraphs, ...sentences];
  const clauses = [...written.matchAll(CLAUSE_END)].map(({ 0: end, index }) => index + end.length);
  return [...paragraphs, ...sentences, ...clauses];
}

/** Those that differ by more than case and signs. */
export function different<Item extends { readonly text: string }>(items: readonly Item[]): Item[] {
  const seen = new Set<string>();
  return items.filter(({ text }) => {
    const words = text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
    if (words === '' || seen.has(words)) return false;
    seen.add(words);
    return true;
  });
}
