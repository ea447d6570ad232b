import { DataSet, englishDataset, englishRecommendedTransformers, pattern, RegExpMatcher } from 'obscenity';

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

const matcher = new RegExpMatcher({ ...dataset.build(), ...englishRecommendedTransformers });

/** The first obscenity or slur in a text, or of the owner's own words, as it stands there; undefined where there is none. */
export function blockedWordIn(text: string, ownWords: readonly string[]): string | undefined {
  // A bracket is no disguise of a C here: "(until" is common, "(unt" is not.
  const [match] = matcher.getAllMatches(text.replace(/[([{]/g, ' '), true);
  if (match) return text.slice(match.startIndex, match.endIndex + 1);
  const spelled = spelledOut(text).find((word) => matcher.hasMatch(word));
  return spelled ?? ownWords.find((word) => holds(text, word));
}

/** Words written letter by letter, "f u c k" or "f.u.c.k", joined. */
function spelledOut(text: string): string[] {
  const runs = text.match(/(?<![\p{L}\p{N}])\p{L}(?:[ .*_-]\p{L}(?![\p{L}\p{N}])){2,30}/gu) ?? [];
  return runs.map((run) => run.replace(/[^\p{L}]/gu, ''));
}

/** Whole words only, whatever their case: "ass" does not block "class". */
function holds(text: string, word: string): boolean {
  const escaped = word
    .trim()
    .normalize('NFKC')
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\s+/g, '\\s+');
  return new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, 'iu').test(text.normalize('NFKC'));
}
