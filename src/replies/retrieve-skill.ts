/** What the owner once answered to words like these. */
import type { Document } from '../corpus/document.ts';
import { wordsOf } from '../corpus/words.ts';
import type { ReplySkill } from './reply-skill.ts';

/** The newest of a corpus; more would make each reply wait. */
const MOST_PAIRS = 50_000;
/** Below, two turns share a word by chance. */
const LEAST_LIKENESS = 0.35;
const MOST_FOUND = 2;
/** Of a longer turn its end is compared; UTF-16 units. */
const LONGEST = 2000;

type Pair = Pick<Document, 'id' | 'text' | 'context'>;

/**
 * The answers of the corpus whose own question is nearest to the newest turn: the cosine of their words, each weighted by how
 * few questions hold it (tf-idf, Salton and Buckley 1988). No scale of a search engine's: a confidence has to mean the
 * same in every corpus. The cosine is the confidence.
 * @param mayBeSaid false of an answer that was given in private
 */
export function retrieveSkill(
  documents: Iterable<Pair>,
  mayBeSaid: (id: string) => boolean | Promise<boolean> = () => true,
): ReplySkill {
  let index: Index | undefined; // it is built when somebody asks
  return {
    name: 'retrieve',
    async find(turns) {
      const newest = turns.at(-1);
      if (newest?.by !== 'another') return [];
      index ??= indexOf(documents);
      const found = [];
      for (const { pair, likeness } of nearest(index, newest.text)) {
        if (found.length === MOST_FOUND) break;
        if (!(await mayBeSaid(pair.id))) continue;
        found.push({
          text: pair.text,
          confidence: Math.min(1, likeness),
          because: `once said to “${short(questionOf(pair))}”`,
        });
      }
      return found;
    },
  };
}

interface Index {
  readonly pairs: readonly Pair[];
  /** By word, the questions that hold it with its weight in each; a question's squares sum to 1. */
  readonly postings: ReadonlyMap<string, readonly (readonly [pair: number, weight: number])[]>;
  readonly rarity: (word: string) => number;
}

function indexOf(documents: Iterable<Pair>): Index {
  const pairs = [...documents].filter((one) => one.context?.at(-1)?.by === 'another').slice(-MOST_PAIRS);
  const bags = pairs.map((pair) => bagOf(questionOf(pair)));
  const holding = new Map<string, number>();
  for (const bag of bags) for (const word of bag.keys()) holding.set(word, (holding.get(word) ?? 0) + 1);
  const rarity = (word: string) => Math.log((1 + pairs.length) / (1 + (holding.get(word) ?? 0))) + 0.01;
  const postings = new Map<string, [number, number][]>();
  for (const [index, bag] of bags.entries()) {
    for (const [word, weight] of weighted(bag, rarity)) {
      const list = postings.get(word);
      if (list) list.push([index, weight]);
      else postings.set(word, [[index, weight]]);
    }
  }
  return { pairs, postings, rarity };
}

function nearest({ pairs, postings, rarity }: Index, question: string) {
  const likeness = new Map<number, number>();
  for (const [word, weight] of weighted(bagOf(question), rarity)) {
    for (const [pair, other] of postings.get(word) ?? [])
      likeness.set(pair, (likeness.get(pair) ?? 0) + weight * other);
  }
  return [...likeness]
    .filter(([, value]) => value >= LEAST_LIKENESS)
    .toSorted(([a, one], [b, other]) => other - one || b - a)
    .map(([pair, value]) => ({ pair: pairs[pair]!, likeness: value }));
}

function bagOf(text: string): ReadonlyMap<string, number> {
  const bag = new Map<string, number>();
  for (const word of wordsOf(text.slice(-LONGEST))) bag.set(word, (bag.get(word) ?? 0) + 1);
  return bag;
}

/** Of length 1. */
function weighted(bag: ReadonlyMap<string, number>, rarity: (word: string) => number): readonly [string, number][] {
  const weights = [...bag].map(([word, count]): [string, number] => [word, (1 + Math.log(count)) * rarity(word)]);
  const length = Math.hypot(...weights.map(([, weight]) => weight));
  return weights.map(([word, weight]) => [word, weight / Math.max(length, Number.MIN_VALUE)]);
}

const questionOf = ({ context }: Pair): string => context?.at(-1)?.text ?? '';

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return [...line].length <= 80 ? line : `${[...line].slice(0, 79).join('')}…`;
}
