/** The least that a text must be, to be worth learning from. Each gives the text, or '' where it falls short. */

const LETTER = /[\p{L}\p{M}]/gu;
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’.-][\p{L}\p{M}\p{N}]+)*/gu;
/** Written without spaces: a character says as much as half a word. */
const SPACELESS = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/gu;

const FEWEST_WORDS = 3;

/** `lol ok` → '', `I am tired.` stays: at least 3 words, or 6 characters of a script without spaces. */
export function longEnough(text: string): string {
  const start = text.slice(0, 2000);
  if (count(start, SPACELESS) >= 2 * FEWEST_WORDS) return text;
  return count(start, WORD) >= FEWEST_WORDS ? text : '';
}

const FEWEST_LETTERS = 0.5; // of what is neither space nor emoji

/** `1-0 2-1 3:3 (a)` → '': at least half of its characters are letters. */
export function mostlyLetters(text: string): string {
  const seen = text.replace(/\s|\p{Extended_Pictographic}|\ufe0f|\u200d/gu, '');
  return count(seen, LETTER) >= FEWEST_LETTERS * seen.length ? text : '';
}

const OFTENEST_WORD = 0.5; // of 6 words or more
const LONGEST_RUN = 0.3; // of the text, of one character

/** `no no no no no no yes` → '', `aaaaaaaaaaaaaaaaaaaaah that hurt` → '' */
export function varied(text: string): string {
  const words = (text.slice(0, 20_000).toLowerCase().match(WORD) ?? []).slice(0, 2000);
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const oftenest = Math.max(0, ...counts.values());
  if (words.length >= 6 && oftenest > OFTENEST_WORD * words.length) return '';
  return longestRun(text) > Math.max(10, LONGEST_RUN * text.length) ? '' : text;
}

function longestRun(text: string): number {
  let longest = 0;
  let run = 0;
  for (let at = 0; at < text.length; at++) {
    run = at > 0 && text.charCodeAt(at) === text.charCodeAt(at - 1) ? run + 1 : 1;
    if (run > longest) longest = run;
  }
  return longest;
}

/** `Caf\ufffd au lait` stays, `\ufffd\ufffd \ufffdaf` → '': at most one character in twenty that was lost in decoding. */
export function undamaged(text: string): string {
  return count(text, /\ufffd/g) > text.length / 20 ? '' : text;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
