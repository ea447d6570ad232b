/** Where sentences end in what a model or a person wrote. */

const SENTENCE_END = /(?:[\p{Sentence_Terminal}…]|\p{Extended_Pictographic}\p{M}*)["'”’»)\]}]*(?=\s|$)/gu;
/** A full stop after these, or after a single letter, ends no sentence. */
const ABBREVIATION =
  /(?:^|[\s("“‘])(?:\p{L}|Mrs?|Ms|Dr|St|Prof|Rev|Hon|Gen|Col|Capt|Lt|Sgt|Jr|Sr|adj|adv|prep|pron|conj|interj|vs|cf|viz|e\.g|i\.e|v\.[it]|p\.p)\.$/iu;

/** The places after each sentence that is whole, closing quotation marks included; in UTF-16 units. */
export function sentenceEnds(text: string): number[] {
  return [...text.matchAll(SENTENCE_END)]
    .filter(({ index }) => !ABBREVIATION.test(text.slice(Math.max(0, index - LONGEST_ABBREVIATION), index + 1)))
    .map(({ 0: end, index }) => index + end.length);
}

/** With what must stand before it. In characters. */
const LONGEST_ABBREVIATION = 12;
