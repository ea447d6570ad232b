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
  /** Of several words, or in scripts that set none apart: found anywhere. */
  readonly phrases: readonly string[];
}

/** The first word of a text that its language's list has, in whatever disguise; undefined where there is none, or no list. */
export function listedWordIn(text: string, language: string, allowed: readonly string[]): string | undefined {
  const code = language.toLowerCase().split('-')[0] ?? '';
  if (!LANGUAGES.includes(code)) return undefined;
  const { words, phrases } = listOf(code);
  const isAllowed = (found: string) => allowed.some((one) => folded(one) === found || collapsed(folded(one)) === found);
  for (const [token] of text.matchAll(TOKEN)) {
    for (const form of formsOf(token)) if (words.has(form) && !isAllowed(form)) return token;
  }
  for (const run of text.match(SPELLED) ?? []) {
    const joined = folded(run.replace(/[^\p{L}\p{M}]/gu, ''));
    if (words.has(joined) && !isAllowed(joined)) return run;
  }
  const whole = ` ${[...text.matchAll(TOKEN)].map(([token]) => folded(token)).join(' ')} `;
  return phrases.find(
    (phrase) => !isAllowed(phrase) && (SPACELESS.test(phrase) ? whole.includes(phrase) : whole.includes(` ${phrase} `)),
  );
}

/** A word with the signs that stand in for letters. */
const TOKEN = /[\p{L}\p{M}\p{N}@$€!*]+/gu;
/** Letter by letter: "p u t a", "p.u.t.a". */
const SPELLED = /(?<![\p{L}\p{N}])\p{L}(?:[ .*_-]\p{L}(?![\p{L}\p{N}])){2,30}/gu;
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

/** As it stands, with signs read as letters, and with letters that were drawn out. */
function formsOf(token: string): string[] {
  const plain = folded(token.replace(/[!*]+$/u, ''));
  const read = folded(
    /\p{L}/u.test(token)
      ? token.replace(/[013457@$€!]/g, (sign) => STANDS_FOR[sign] ?? sign).replaceAll('*', '')
      : token,
  );
  return [plain, read, collapsed(plain), collapsed(read)];
}

/** Case and, in Latin letters, accents hide nothing. */
function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/(?<=\p{sc=Latin})\p{M}+/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .trim();
}

/** Three of a letter or more are one: "puuuta". */
function collapsed(word: string): string {
  return word.replace(/(\p{L})\1{2,}/gu, '$1');
}

function listOf(code: string): WordList {
  const known = loaded.get(code);
  if (known) return known;
  const entries = z
    .array(z.string())
    .parse(require(`naughty-words/${code}.json`))
    .map(folded);
  const isPhrase = (entry: string) => /\s/.test(entry) || SPACELESS.test(entry);
  const list = { words: new Set(entries.filter((entry) => !isPhrase(entry))), phrases: entries.filter(isPhrase) };
  loaded.set(code, list);
  return list;
}
