import { DataSet, englishDataset, englishRecommendedTransformers, pattern, RegExpMatcher } from 'obscenity';
import { hiddenWordIn, listedWordIn, maskedWordIn, undisguised, wordList } from './word-lists.ts';

/** Ordinary words in which the dataset sees another: found by running it over the words of some seventy books. */
const HARMLESS =
  `annal, annushka, arsène, assort, assyri, asswage, burdick, coriolanus, cock-a-doodle, cock-and-bull, cockpit, cocksure,
  cum laude, cumae, cummerbund, cummin, dickcissel, dicker, dickey, dickie, dickinson, dickon, fag end, fag-end, fagged,
  feckless, fosdyke, fukuoka, fukushima, maffick, mishit, niggard, orgasm, penistone, perfeck, pissarev, pissarro, porgies,
  porgy, prick up, pussy willow, pussycat, pussyfoot, puffeck, puffick, rapped, rappee, rapping, rapeseed, retardation,
  scunthorpe, shiitake, tit for tat, tit-for-tat, traffick, vandyke, wankel`.split(/,\s+/);

const dataset = new DataSet<{ originalWord: string }>()
  .addAll(englishDataset)
  .removePhrasesIf(({ metadata }) => metadata?.originalWord === 'anus')
  .addPhrase((phrase) =>
    HARMLESS.reduce(
      (all, word) => all.addWhitelistedTerm(word),
      phrase.setMetadata({ originalWord: 'anus' }),
    ).addPattern(pattern`|anus|`),
  )
  .addPhrase((phrase) =>
    phrase
      .setMetadata({ originalWord: 'slur' })
      .addPattern(pattern`|coon|`)
      .addPattern(pattern`|coons|`)
      .addPattern(pattern`|gook[s]|`)
      .addPattern(pattern`|paki[s]|`)
      .addPattern(pattern`|spic[s]|`)
      .addPattern(pattern`|wetback`),
  )
  .addPhrase((phrase) =>
    phrase
      .setMetadata({ originalWord: 'kill yourself' })
      .addPattern(pattern`|kys|`)
      .addPattern(pattern`|kill yourself|`),
  );

/** Whatever the language: these are meant as nothing else in any. */
const SLURS = new Set('chink fag faggot kike nigger slur tranny'.split(' ').concat('kill yourself'));

const matchers = {
  english: new RegExpMatcher({ ...dataset.build(), ...englishRecommendedTransformers }),
  elsewhere: new RegExpMatcher({
    ...dataset.removePhrasesIf(({ metadata }) => !SLURS.has(metadata?.originalWord ?? '')).build(),
    ...englishRecommendedTransformers,
  }),
};

export interface BlockedWords {
  /** What the owner never wants, whatever else is allowed. */
  readonly own: readonly string[];
  /** Words that no list may stop. */
  readonly allowed?: readonly string[] | undefined;
  /** That the persona writes; English where it is left out. */
  readonly language?: string | undefined;
}

/** The first obscenity or slur in a text, or of the owner's own words, as it stands there; undefined where there is none. */
export function blockedWordIn(
  written: string,
  { own, allowed = [], language = 'en' }: BlockedWords,
): string | undefined {
  const text = undisguised(written);
  const isEnglish = /^en\b/i.test(language);
  const matcher = isEnglish ? matchers.english : matchers.elsewhere;
  // A bracket is no disguise of a C here: "(until" is common, "(unt" is not.
  const match = matcher
    .getAllMatches(text.replace(/[([{]/g, ' '), true)
    .find(({ startIndex, endIndex }) => !isAllowed(text, startIndex, endIndex + 1, allowed));
  if (match) return text.slice(match.startIndex, match.endIndex + 1);
  const spelled = spelledOut(text).find(
    (word) => matcher.hasMatch(word) && !allowed.some((one) => one.toLowerCase() === word.toLowerCase()),
  );
  return (
    spelled ??
    (isEnglish ? maskedWordIn(text, allowed) : listedWordIn(text, language, allowed)) ??
    own.find((word) => holds(text, word)) ??
    hiddenWordIn(text, wordList(own.filter(isLongWord)), [])
  );
}

/** Whether what was found stands in an allowed word or phrase. */
function isAllowed(text: string, start: number, end: number, allowed: readonly string[]): boolean {
  return allowed.some((one) =>
    placesOf(text, one).some(({ index, 0: found }) => index <= start && end <= index + found.length),
  );
}

/** Words written letter by letter, "f u c k" or "f.u.c.k", joined. */
function spelledOut(text: string): string[] {
  const runs = text.match(/(?<![\p{L}\p{N}])\p{L}(?:[ .*_/|-]\p{L}(?![\p{L}\p{N}])){2,30}/gu) ?? [];
  return runs.map((run) => run.replace(/[^\p{L}]/gu, ''));
}

/** A shorter one in disguise would be too many other words. */
function isLongWord(word: string): boolean {
  return /^\p{L}{4,}$/u.test(word.trim());
}

/** Whole words only, whatever their case: "ass" does not block "class". */
export function holds(text: string, word: string): boolean {
  return placesOf(text.normalize('NFKC'), word.normalize('NFKC')).length > 0;
}

function placesOf(text: string, word: string): RegExpExecArray[] {
  const escaped = word
    .trim()
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\s+/g, '\\s+');
  return [...text.matchAll(new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, 'giu'))];
}
