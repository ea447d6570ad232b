/** In scripts without spaces a name stands among other letters. */
const SPACELESS = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
/** What stands for one sign, depending on who typed it. */
const APOSTROPHE = "['’ʼ`´]";
const HYPHEN = '[-\u2010\u2011\u2013]';

/** Replaces names, whole words in any case, the longest first, with `instead`: `MIRA's here` → `…'s here`. */
export function nameReplacer(names: readonly string[], instead: string): (text: string) => string {
  const parts = [...new Set(names.map((name) => name.normalize('NFC').trim()).filter((name) => name !== ''))]
    .sort((a, b) => b.length - a.length)
    .map(patternOf);
  if (parts.length === 0) return (text) => text;
  const pattern = new RegExp(parts.join('|'), 'giu');
  return (text) => text.replace(pattern, instead);
}

function patternOf(name: string): string {
  const letters = [...name];
  const pattern = name
    .replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    .replace(/['’ʼ`´]/gu, APOSTROPHE)
    .replace(/[-\u2010\u2011\u2013]/gu, HYPHEN)
    .replace(/\s+/g, '\\s{1,3}');
  const before = SPACELESS.test(letters[0]!) ? '' : '(?<![\\p{L}\\p{N}])';
  const after = SPACELESS.test(letters.at(-1)!) ? '' : '(?![\\p{L}\\p{M}\\p{N}])';
  return before + pattern + after;
}
