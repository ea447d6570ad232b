/** The length of a text as X counts it: 280 at most, whatever is not written in an alphabet counts twice, a link 23. */
import { LinkifyIt } from 'linkify-it';
import tlds from 'tlds' with { type: 'json' };

export const MOST_WEIGHT = 280;
const LINK_WEIGHT = 23;

/** X's own table, version 3: https://github.com/twitter/twitter-text/blob/master/config/v3.json */
const SINGLE_RANGES = [
  [0x0000, 0x10ff],
  [0x2000, 0x200d],
  [0x2010, 0x201f],
  [0x2032, 0x2037],
] as const;

const linkify = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: false, fuzzyIP: false, tlds })
  .add('ftp:', null)
  .add('mailto:', null)
  .add('//', null);

/** One that is written without the mark of an emoji counts as one too, save those that are digits. */
const EMOJI = /(?:\p{RGI_Emoji}|(?![#*0-9])\p{Emoji})\ufe0f?(?!\ufe0e)/gv;

/** What X shortens: with http(s):// or without. */
export function findLinks(text: string): readonly { readonly start: number; readonly end: number }[] {
  if (!text.includes('.')) return [];
  return (linkify.match(text) ?? []).map(({ index, lastIndex }) => ({ start: index, end: lastIndex }));
}

export function countWeights(text: string): number {
  const composed = text.normalize('NFC');
  let weight = 0;
  let at = 0;
  for (const { start, end } of findLinks(composed)) {
    weight += weightOf(composed.slice(at, start)) + LINK_WEIGHT;
    at = end;
  }
  return weight + weightOf(composed.slice(at));
}

function weightOf(text: string): number {
  let emoji = 0;
  const rest = text.replace(EMOJI, () => {
    emoji += 1;
    return '';
  });
  return [...rest].reduce((sum, character) => sum + weightOfCharacter(character.codePointAt(0)!), 2 * emoji);
}

function weightOfCharacter(code: number): number {
  return SINGLE_RANGES.some(([first, last]) => code >= first && code <= last) ? 1 : 2;
}
