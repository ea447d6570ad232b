/**
 * Which words speak for an approval and which against it: naive Bayes of word presence. Pure.
 * A word says by how much the log-odds of approval among the texts that hold it differ from those among all texts, held towards
 * saying nothing; a text says the mean of what its words say.
 */
import { wordsOf } from '../../corpus/words.ts';
import type { Example, Measured } from './example.ts';
import { logitOf } from './logistic-regression.ts';

/** In nats of log-odds, by word. One that is not here says nothing. */
export type WordEvidence = Readonly<Record<string, number>>;

export interface LearnedWords {
  readonly words: WordEvidence;
  /**
   * Of each example, what the others' drafts make of its words; NaN where its text is not known. What is learned from must not
   * have seen its own verdict: it would seem surer than any new text can be.
   */
  readonly heldOut: Float64Array;
}

/** A word counts as if so many more texts had held it, approved as often as any. */
const HELD_BY = 16;
/** In fewer texts a word says what became of those, and nothing of itself. */
const LEAST_TEXTS = 2;
/** Drafts are parted so; what a part's words say was learned from the other parts. */
const PARTS = 10;

/** Learns from all of the examples, each counting by its weight. */
export function wordEvidence(examples: readonly Example[]): LearnedWords {
  const held = examples.map(idsOf);
  const size = spelled.length;
  // [words, PARTS]
  const [texts, approved] = [new Float64Array(size * PARTS), new Float64Array(size * PARTS)];
  const [allTexts, allApproved] = [new Float64Array(PARTS), new Float64Array(PARTS)];
  for (let row = 0; row < examples.length; row++) {
    const { draft, weight, text, approved: isApproved } = examples[row]!;
    if (text === undefined) continue;
    const part = partOf(draft);
    allTexts[part]! += weight;
    for (const id of held[row]!) texts[id * PARTS + part]! += weight;
    if (!isApproved) continue;
    allApproved[part]! += weight;
    for (const id of held[row]!) approved[id * PARTS + part]! += weight;
  }

  // [PARTS + 1]: of all parts but this one; the last one of all.
  const [otherTexts, otherApproved] = [new Float64Array(COUNTS), new Float64Array(COUNTS)];
  othersOf(allTexts, 0, otherTexts);
  othersOf(allApproved, 0, otherApproved);
  const rates = otherTexts.map((of, part) => (otherApproved[part]! + 0.5) / (of + 1)); // kept off 0 and 1
  const usual = rates.map(logitOf);
  // [words, PARTS + 1]
  const says = new Float64Array(size * COUNTS);
  const words: Record<string, number> = {};
  for (let id = 0; id < size; id++) {
    othersOf(texts, id * PARTS, otherTexts);
    if (otherTexts[PARTS]! < LEAST_TEXTS) continue;
    othersOf(approved, id * PARTS, otherApproved);
    for (let part = 0; part < COUNTS; part++) {
      const of = otherTexts[part]!;
      if (of < LEAST_TEXTS) continue;
      const rate = (otherApproved[part]! + HELD_BY * rates[part]!) / (of + HELD_BY);
      says[id * COUNTS + part] = Math.log(rate / (1 - rate)) - usual[part]!;
    }
    words[spelled[id]!] = says[id * COUNTS + PARTS]!;
  }

  const heldOut = new Float64Array(examples.length);
  for (let row = 0; row < examples.length; row++) {
    const part = partOf(examples[row]!.draft);
    let sum = 0;
    for (const id of held[row]!) sum += says[id * COUNTS + part]!;
    heldOut[row] = sum / held[row]!.length;
  }
  return { words, heldOut };
}

const COUNTS = PARTS + 1;

/** Into [PARTS + 1]: the sum of all parts but each one, then that of all. */
function othersOf(counts: Float64Array, from: number, others: Float64Array): void {
  let sum = 0;
  for (let part = 0; part < PARTS; part++) sum += counts[from + part]!;
  for (let part = 0; part < PARTS; part++) others[part] = Math.max(0, sum - counts[from + part]!); // fourths miss 0 by a little
  others[PARTS] = sum;
}

/** What the words of a text say together; NaN where it has none. */
export function evidenceOf(words: WordEvidence, measured: Measured): number {
  const own = differentWords(measured);
  return own.reduce((sum, word) => sum + saidBy(words, word), 0) / own.length;
}

export interface WordSaid {
  readonly word: string;
  /** In nats of log-odds. */
  readonly says: number;
}

export interface LoudestWords {
  readonly for: readonly WordSaid[];
  readonly against: readonly WordSaid[];
}

/** The words that say most for an approval, and those that say most against it. */
export function loudest(words: WordEvidence, count: number): LoudestWords {
  const ascending = Object.entries(words)
    .map(([word, says]) => ({ word, says }))
    .toSorted((a, b) => a.says - b.says || (a.word < b.word ? -1 : 1));
  return {
    for: ascending
      .filter(({ says }) => says > 0)
      .slice(-count)
      .reverse(),
    against: ascending.filter(({ says }) => says < 0).slice(0, count),
  };
}

/** Nothing of nothing. */
export function wordSentences(words: LoudestWords): string[] {
  const told = (some: readonly WordSaid[]) =>
    some.map(({ word, says }) => `${word} ${says < 0 ? '−' : '+'}${Math.abs(says).toFixed(2)}`).join(', ');
  return [
    ...(words.for.length === 0 ? [] : [`Words that speak for an approval: ${told(words.for)}.`]),
    ...(words.against.length === 0 ? [] : [`Words that speak against one: ${told(words.against)}.`]),
  ];
}

/** Not `words[word]` alone: "constructor" is a word. */
export function saidBy(words: WordEvidence, word: string): number {
  return Object.hasOwn(words, word) ? words[word]! : 0;
}

/** Mixed, for drafts take turns with openings: one part would have an opening for itself. */
function partOf(draft: number): number {
  return (Math.imul(draft, 0x9e3779b1) >>> 16) % PARTS;
}

function differentWords({ text = '' }: Measured): readonly string[] {
  return [...new Set(wordsOf(text))];
}

/** Words have numbers, and a text's are found once: after the next decision thousands of texts are the same. */
const spelled: string[] = [];
const numbers = new Map<string, number>();
const kept = new WeakMap<Measured, Int32Array>();

function idsOf(measured: Measured): Int32Array {
  const known = kept.get(measured);
  if (known) return known;
  const ids = Int32Array.from(differentWords(measured), (word) => {
    const number = numbers.get(word) ?? spelled.push(word) - 1;
    numbers.set(word, number);
    return number;
  });
  kept.set(measured, ids);
  return ids;
}
