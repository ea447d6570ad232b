/** Which language a text is written in, as far as it says. */
import { detectAll } from 'tinyld';

/** In letters: less says nothing. */
const SHORTEST = 15;
/** In characters: the detector takes time with the square of the length. */
const LONGEST = 300;
/** The likeliest language must be this likely, and so much likelier than the next one. */
const LIKELY = 0.2;
const LEAD = 1.5;

/** ISO 639-1, such as `en`; undefined where the text is too short or may be several. */
export function languageOf(text: string): string | undefined {
  const sample = text.slice(0, LONGEST);
  if (
    (sample.match(/\p{L}/gu)?.length ?? 0) < SHORTEST &&
    !/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Hangul}]{4}/u.test(sample)
  ) {
    return undefined;
  }
  const [first, second] = detectAll(sample);
  if (!first || first.accuracy < LIKELY || first.accuracy < LEAD * (second?.accuracy ?? 0)) return undefined;
  return first.lang;
}

/** Whether a language, such as `en`, is one of those wanted, such as `en-GB`; what is unknown is, and all are where none is named. */
export function isWanted(language: string | undefined, wanted: readonly string[]): boolean {
  if (wanted.length === 0 || language === undefined) return true;
  const base = (tag: string) => tag.toLowerCase().split('-')[0];
  return wanted.some((one) => base(one) === base(language));
}
