/**
 * What could answer anything, learned from a corpus: whole answers that were given to many different things, and sentences
 * that stand in many different texts. Knows nothing of models.
 */
import { NEAR_DUPLICATE, shinglesOf, similarity } from '../corpus/near-duplicates.ts';
import { wordsOf } from '../corpus/words.ts';
import { sentenceEnds } from '../generation/sentence-ends.ts';

export interface SaidTo {
  readonly text: string;
  /** What it answers, oldest first; absent where it answers nothing. */
  readonly context?: readonly { readonly text: string }[] | undefined;
}

/** Said to so many different things: twice may be chance. */
const LEAST = 3;
/** More words say something. */
const MOST_WORDS = 12;
/** The most frequent; each is compared with each sentence of a candidate. */
const MOST_KEPT = 500;

/** The most frequent first, in small letters and without signs. */
export function learnDullReplies(texts: readonly SaidTo[]): readonly string[] {
  const saidTo = new Map<string, Set<string>>();
  for (const [index, { text, context = [] }] of texts.entries()) {
    // The same answer to the same words, as in an archive that came twice, is one.
    const what = context.length > 0 ? keyOf(context.at(-1)!.text) : String(index);
    for (const key of new Set([text, ...sentencesOf(text)].map(keyOf))) {
      const words = key === '' ? 0 : key.split(' ').length;
      if (words === 0 || words > MOST_WORDS) continue;
      const known = saidTo.get(key);
      if (known === undefined) saidTo.set(key, new Set([what]));
      else known.add(what);
    }
  }
  return [...saidTo]
    .filter(([, things]) => things.size >= LEAST)
    .toSorted(([a, one], [b, other]) => other.size - one.size || (a < b ? -1 : 1))
    .slice(0, MOST_KEPT)
    .map(([key]) => key);
}

export interface DullReplies {
  readonly keys: ReadonlySet<string>;
  /** Of each key long enough to be said in nearly the same words. */
  readonly shingles: readonly Int32Array[];
}

/** Of shorter ones a letter makes another word: "no" and "not" say different things. */
const LEAST_TO_COMPARE = 12; // characters

/** @param list as `learnDullReplies` gives it */
export function dullReplies(list: readonly string[]): DullReplies {
  const shingles = list.filter(({ length }) => length >= LEAST_TO_COMPARE).map(shinglesOf);
  return { keys: new Set(list), shingles };
}

/** The share of a text's words that stand in sentences which could answer anything; 1 where it says nothing else. */
export function dullShare(text: string, dull: DullReplies): number {
  if (isDull(text, dull)) return 1;
  let [words, empty] = [0, 0];
  for (const sentence of sentencesOf(text)) {
    const count = wordsOf(sentence).length;
    words += count;
    if (count > 0 && isDull(sentence, dull)) empty += count;
  }
  return words === 0 ? 0 : empty / words;
}

function isDull(sentence: string, { keys, shingles }: DullReplies): boolean {
  const key = keyOf(sentence);
  if (keys.has(key)) return true;
  if (key.length < LEAST_TO_COMPARE || key.split(' ').length > MOST_WORDS) return false;
  const own = shinglesOf(key);
  return shingles.some((other) => similarity(own, other) >= NEAR_DUPLICATE);
}

function keyOf(text: string): string {
  return wordsOf(text.slice(0, LONGEST)).join(' ').replaceAll('’', "'");
}

/** Of a longer text nothing is dull as a whole. UTF-16 units. */
const LONGEST = 2000;

function sentencesOf(text: string): string[] {
  const ends = [...sentenceEnds(text), text.length];
  return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end)).filter((sentence) => sentence.trim() !== '');
}
