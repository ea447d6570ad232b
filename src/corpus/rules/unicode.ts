/** One way to write each character, and none that cannot be seen. */

const LINE_ENDS = /\r\n?|[\u0085\u2028\u2029\v\f]/g;
const SPACES = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g;
/** Controls, marks of direction and width, soft hyphens, private use. Joiners stay: emoji and Persian need them. */
const UNSEEN =
  /[^\P{Cc}\n\t]|\u034f|[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff0-\ufffc]|\p{Co}/gu;
/** 𝓯𝓪𝓷𝓬𝔂 and 𝗯𝗼𝗹𝗱 letters are ordinary ones in costume. */
const COSTUMES = /[\u{1d400}-\u{1d7ff}\uff01-\uff5e]+/gu;
/** More marks than this on one letter are ornament ("zalgo"). */
const ORNAMENTS = /(\p{M}{4})\p{M}+/gu;

/** `Cafe\u0301\u200b` → `Café` in NFC, with `\n` as line end and plain spaces. */
export function plainUnicode(text: string): string {
  return text
    .toWellFormed()
    .replace(LINE_ENDS, '\n')
    .replace(SPACES, ' ')
    .replace(UNSEEN, '')
    .replace(COSTUMES, (letters) => letters.normalize('NFKC'))
    .replace(ORNAMENTS, '$1')
    .normalize('NFC');
}
