/**
 * Obscene words and slurs by language: the lists of LDNOOBW (github.com/LDNOOBW, CC BY 4.0) as the package naughty-words
 * has them. English has its own, by obscenity, which knows more disguises.
 */
import { createRequire } from 'node:module';
import { z } from 'zod';

export const LANGUAGES = 'ar cs da de eo es fa fi fil fr hi hu it ja kab ko nl no pl pt ru sv th tr zh'.split(' ');

const require = createRequire(import.meta.url);
const loaded = new Map<string, WordList>();

interface WordList {
  /** Folded, each without spaces. */
  readonly words: ReadonlySet<string>;
  /** The same with every letter once: what a word with drawn out letters is looked for in. */
  readonly squeezed: ReadonlySet<string>;
  /** The same by their number of characters, for those that are masked. */
  readonly byLength: ReadonlyMap<number, readonly string[]>;
  /** Of several words, or in scripts that set none apart: found anywhere. */
  readonly phrases: readonly string[];
}

/** The first word of an undisguised text that its language's list has, in whatever spelling; undefined where there is none, or no list. */
export function listedWordIn(text: string, language: string, allowed: readonly string[]): string | undefined {
  const code = language.toLowerCase().split('-')[0] ?? '';
  return LANGUAGES.includes(code) ? hiddenWordIn(text, languageList(code), allowed) : undefined;
}

/** English words some letters of which a star hides: "f*ck". All other disguises of them are known to `obscenity`. */
export function maskedWordIn(text: string, allowed: readonly string[]): string | undefined {
  const list = languageList('en');
  return tokensOf(text).find((token) => {
    const word = maskedWord(token, list);
    return word !== undefined && !isAllowed(word, allowed);
  });
}

/** The first word of an undisguised text that stands in a list, in whatever spelling. */
export function hiddenWordIn(text: string, list: WordList, allowed: readonly string[]): string | undefined {
  const isListed = (word: string) => list.words.has(word) && !isAllowed(word, allowed);
  const tokens = tokensOf(text);
  for (const token of tokens) {
    if (formsOf(token).some(isListed)) return token;
    if (
      DRAWN_OUT.test(token) &&
      list.squeezed.has(squeezed(folded(token))) &&
      !isAllowed(collapsed(folded(token)), allowed)
    )
      return token;
    const masked = maskedWord(token, list);
    if (masked !== undefined && !isAllowed(masked, allowed)) return token;
  }
  for (const [run] of text.matchAll(SPELLED)) {
    const found = formsOf(run.replace(APART, '')).flatMap(partsOfSpelled).find(isListed);
    if (found !== undefined) return run;
  }
  for (const [joined] of text.matchAll(JOINED)) {
    if (formsOf(joined.replace(APART, '')).some(isListed)) return joined;
  }
  const whole = ` ${tokens.map(folded).join(' ')} `;
  return list.phrases.find((phrase) => {
    const stands = SPACELESS.test(phrase) ? whole.includes(phrase) : whole.includes(` ${phrase} `);
    return stands && !isAllowed(phrase, allowed);
  });
}

/** A list of one's own. Of words so short that many disguises would be other words, there are none. */
export function wordList(entries: readonly string[]): WordList {
  const all = entries.map(folded).filter(Boolean);
  const words = new Set(all.filter((entry) => !isPhrase(entry)));
  return {
    words,
    squeezed: new Set([...words].map(squeezed)),
    byLength: Map.groupBy(words, (word) => [...word].length),
    phrases: all.filter(isPhrase),
  };
}

/** Without what is not seen, and without strokes and dots laid over letters: marks that belong to a script are others. */
export function undisguised(text: string): string {
  return text.normalize('NFC').replace(UNSEEN, '').normalize('NFC'); // what was kept apart is composed
}

const UNSEEN = /\p{Default_Ignorable_Code_Point}|[\u0300-\u036f\u0488\u0489]/gu;
/** A word with the signs that stand in for letters. */
const TOKEN = /[\p{L}\p{M}\p{N}@$€!*]+/gu;
/** Letter by letter: "p u t a", "p.u.t.a". */
const SPELLED = /(?<![\p{L}\p{N}])\p{L}(?:[ .*_/|-]\p{L}(?![\p{L}\p{N}])){2,30}/gu;
/** Cut in the middle: "pu.ta", "pu_ta". */
const JOINED = /(?<![\p{L}\p{N}])[\p{L}\p{M}]+(?:[._/|*-][\p{L}\p{M}]+){1,3}(?![\p{L}\p{N}])/gu;
const APART = /[^\p{L}\p{M}]/gu;
const SPACELESS = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]/u;
const STANDS_FOR: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '€': 'e',
  '!': 'i',
};

/** Letters of two scripts that look alike. */
const CYRILLIC = 'асеорхуіјѕһԁɡмкнтв';
const LATIN = 'aceopxyijshdgmkhtb';
const GREEK: Readonly<Record<string, string>> = {
  α: 'a',
  ε: 'e',
  ο: 'o',
  ρ: 'p',
  υ: 'u',
  ι: 'i',
  ν: 'v',
  κ: 'k',
  τ: 't',
  χ: 'x',
};
const asLatin = (word: string) =>
  word.replace(
    /[\p{sc=Cyrillic}\p{sc=Greek}ɡ]/gu,
    (letter) => LATIN[CYRILLIC.indexOf(letter)] ?? GREEK[letter] ?? letter,
  );
const asCyrillic = (word: string) => word.replace(/[a-z]/g, (letter) => CYRILLIC[LATIN.indexOf(letter)] ?? letter);

function tokensOf(text: string): readonly string[] {
  return text.match(TOKEN) ?? [];
}

/** As it stands, with signs read as letters, with letters that were drawn out, and with letters of another script. */
function formsOf(token: string): string[] {
  const plain = folded(token.replace(/[!*]+$/u, ''));
  const read = folded(
    /\p{L}/u.test(token)
      ? token.replace(/[013457@$€!]/g, (sign) => STANDS_FOR[sign] ?? sign).replaceAll('*', '')
      : token,
  );
  const forms = [plain, read, collapsed(plain), collapsed(read)];
  return [...new Set(forms.flatMap((form) => [form, asLatin(form), asCyrillic(form)]))];
}

/** Of letters that stand alone some may be words of their own: "y p u t a". */
function partsOfSpelled(letters: string): readonly string[] {
  const all = [...letters];
  return all.flatMap((_, from) =>
    Array.from({ length: Math.max(0, all.length - from - LEAST_SPELLED + 1) }, (_, more) =>
      all.slice(from, from + LEAST_SPELLED + more).join(''),
    ),
  );
}

const LEAST_SPELLED = 3;

/** "p*ta": the first letter shows, and half of the others do. */
function maskedWord(token: string, { byLength }: WordList): string | undefined {
  const [, inner] = /^\**(\p{L}[\p{L}\p{M}]*\*[\p{L}\p{M}*]*?)\**$/u.exec(token) ?? [];
  if (inner === undefined) return undefined;
  const shown = [...folded(token.endsWith('*') && !/\*\p{L}/u.test(token) ? token : inner)];
  const hidden = shown.filter((letter) => letter === '*').length;
  if (shown.length < LEAST_MASKED || 2 * hidden > shown.length) return undefined;
  return byLength
    .get(shown.length)
    ?.find((word) => [...word].every((letter, index) => shown[index] === '*' || shown[index] === letter));
}

const LEAST_MASKED = 4;

const isAllowed = (found: string, allowed: readonly string[]) =>
  allowed.some((one) => folded(one) === found || collapsed(folded(one)) === found);

/** Case and, in Latin letters, accents hide nothing. */
function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/(?<=\p{sc=Latin})\p{M}+/gu, '')
    .normalize('NFC')
    .replace(UNSEEN, '')
    .toLowerCase()
    .replaceAll('ı', 'i')
    .replaceAll('ß', 'ss')
    .trim();
}

/** Three of a letter or more are one: "puuuta". */
function collapsed(word: string): string {
  return word.replace(/(\p{L})\1{2,}/gu, '$1');
}

const DRAWN_OUT = /(\p{L})\1{2,}/iu;
const squeezed = (word: string) => word.replace(/(\p{L})\1+/gu, '$1');

const isPhrase = (entry: string) => /\s/.test(entry) || SPACELESS.test(entry);

function languageList(code: string): WordList {
  const known = loaded.get(code);
  if (known) return known;
  const list = wordList(z.array(z.string()).parse(require(`naughty-words/${code}.json`)));
  loaded.set(code, list);
  return list;
}
