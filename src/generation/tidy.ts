/** Makes of what a model wrote a text that can be posted: clean whitespace, whole sentences, nobody named unasked. */

import { type Allowed, removeReferences } from './remove-references.ts';
import { sentenceEnds } from './sentence-ends.ts';
import type { Finish } from './written-row.ts';

/** @param finish why the model stopped: what it ended itself is whole, also without a full stop. */
export function tidy(text: string, allowed: Allowed, finish: Finish = 'length'): string {
  const clean = tidyWhitespace(removeUnasked(text.toWellFormed(), allowed));
  return finish === 'end-of-text' ? clean : wholeSentences(clean);
}

/** Until nothing more is found: a joiner may have belonged to what is taken out, and have parted what now is a mention. */
function removeUnasked(text: string, allowed: Allowed): string {
  const shorter = removeReferences(removeInvisible(text.normalize('NFC')), allowed);
  return shorter === text ? text : removeUnasked(shorter, allowed);
}

/** Characters that nobody sees, behind which a mention could hide; control characters; halves of characters. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Co}\ufffd]/gu;
/** Where they belong to the writing: in and after emoji, in keycaps, and in scripts whose letters joiners shape. */
const BELONGS = new RegExp(
  [
    '(?<=\\p{Extended_Pictographic}\\ufe0f?|\\p{Emoji_Modifier})\\u200d(?=\\p{Extended_Pictographic})',
    '(?<=\\p{Extended_Pictographic})\\ufe0f',
    '(?<=[0-9#*])\\ufe0f(?=\\u20e3)',
    '(?<=\\p{Script=Arabic}|[\\p{M}--\\p{Default_Ignorable_Code_Point}])[\\u200c\\u200d]',
    '[\\t\\n\\v\\f\\r\\u0085]',
  ].join('|'),
  'vy',
);

/** Without what nobody sees and could hide something. */
export function removeInvisible(text: string): string {
  return text.replace(INVISIBLE, (character, at: number) => {
    BELONGS.lastIndex = at;
    return BELONGS.test(text) ? character : '';
  });
}

function tidyWhitespace(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u0085]/gu, '\n')
    .replace(/\u2029/gu, '\n\n')
    .replace(/\(\s*\)|\[\s*\]/gu, ' ')
    .replace(/[^\S\n]+/gu, ' ')
    .replace(/ ?\n ?/gu, '\n')
    .replace(/\n{3,}/gu, '\n\n')
    .trim();
}

/** Cut after the last sentence that is whole; a text without one stays as it is, for the gates to see. */
function wholeSentences(text: string): string {
  const last = sentenceEnds(text).at(-1);
  return last === undefined ? text : text.slice(0, last);
}
