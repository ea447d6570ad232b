/** Which language a text is written in, as far as it says. */
import { detectAll } from 'tinyld';

/** In letters: less says nothing, and less than the second says less than the service that has the text. */
const SHORTEST = 20;
const SHORT = 40;
/** In characters: the detector takes time with the square of the length. */
const LONGEST = 300;
/** The likeliest language must be this likely, and so much likelier than the next one. */
const LIKELY = 0.2;
const LEAD = 1.5;

/** ISO 639-1, such as `en`; undefined where the text is too short or may be several. `stated`: what the service has for it. */
export function languageOf(text: string, stated?: string): string | undefined {
  const sample = text.slice(0, LONGEST);
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  const base = stated?.toLowerCase().split('-')[0];
  if (base !== undefined && letters < SHORT) return base;
  if (letters < SHORTEST && !/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Hangul}]{4}/u.test(sample)) return undefined;
  const [first, second] = detectAll(sample);
  if (!first || first.accuracy < LIKELY || first.accuracy < LEAD * (second?.accuracy ?? 0)) return base;
  return first.lang;
}

/** Whether a language, such as `en`, is one of those wanted, such as `en-GB`; what is unknown is, and all are where none is named. */
export function isWanted(language: string | undefined, wanted: readonly string[]): boolean {
  if (wanted.length === 0 || language === undefined) return true;
  const base = (tag: string) => tag.toLowerCase().split('-')[0];
  return wanted.some((one) => base(one) === base(language));
}
