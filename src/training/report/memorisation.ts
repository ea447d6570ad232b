/** Whether a model says its training texts by heart, in numbers, beside what people do who never read them. */
import { enough, type Finding } from '../../corpus/verdict.ts';
import { wordsOf } from '../../corpus/words.ts';
import { longestMatches } from './longest-matches.ts';
import { copiedShare, novelty } from './novelty.ts';

export interface MemorisationTexts {
  /** What the model wrote, without the prompts that it was given. */
  readonly samples: readonly string[];
  /** Read once, one after another. */
  readonly training: Iterable<string>;
  /** By the same people, not trained on: the human baseline. */
  readonly heldOut: readonly string[];
  /** The whole corpus, held-out parts too; words as `wordCount` has them. */
  readonly corpus: { readonly documents: number; readonly words: number };
  /** Nats a token where the training ended, the training's smoothed. */
  readonly losses?: { readonly training: number; readonly validation: number } | undefined;
}

export interface Copies {
  readonly texts: number;
  readonly words: number;
  /** The share of n-grams that are not in the training text, n = 1 and up; null where no text is as long. */
  readonly novelty: readonly (number | null)[];
  /** The share of the words that lie in copies of at least so many words. */
  readonly copied: readonly { readonly words: number; readonly share: number }[];
  /** The longest copy, in small letters and without punctuation. */
  readonly longest: { readonly words: number; readonly quote: string };
}

/** Copies are of words in small letters; punctuation counts as nothing. */
export interface Memorisation {
  readonly samples: Copies;
  readonly heldOut: Copies;
  readonly isMemorised: boolean;
  readonly findings: readonly Finding[];
}

/** In words: a turn of phrase, a sentence, a passage, a page. */
const COPY_LENGTHS = [10, 20, 50, 100];
/** A sentence that nobody writes twice by chance. */
const LONG_COPY = 20;
/** People quote themselves too; a model may do so little more. */
const COPIED_MORE = 0.02;
/** Nats a token: e times surer of a text it has read than of one it has not. Fine-tunings that stop in time stay well below. */
const LOSS_GAP = 1;
/** Of the held-out texts so many are compared, taken evenly: a share needs no more. */
const HELD_OUT_WORDS = 50_000;
/** In words. */
const PIECE = 1000;

/** Takes 2.4 s of one core for 50 MB of training texts, and some 50 MB of memory beside them. */
export function memorisation({ samples, training, heldOut, corpus, losses }: MemorisationTexts): Memorisation {
  const written = samples.map(wordsOf);
  const human = evenly(heldOut.map(wordsOf), HELD_OUT_WORDS);
  const matches = longestMatches([...written, ...human], words(training));
  const [own, theirs] = [
    copies(written, matches.slice(0, written.length)),
    copies(human, matches.slice(written.length)),
  ];
  const signs = [byHeart(own, theirs), ...(losses ? [gap(losses)] : [])];
  return {
    samples: own,
    heldOut: theirs,
    isMemorised: signs.some(({ isGood }) => !isGood),
    findings: [...signs, enough(corpus)],
  };
}

function copies(texts: readonly (readonly string[])[], matches: readonly Uint32Array[]): Copies {
  const ends = matches.map((text) => text.reduce((best, match, at) => (match > text[best]! ? at : best), 0));
  const lengths = matches.map((text, index) => text[ends[index]!] ?? 0);
  const words = Math.max(0, ...lengths);
  const index = lengths.indexOf(words);
  const end = (ends[index] ?? 0) + 1;
  return {
    texts: texts.length,
    words: texts.reduce((sum, { length }) => sum + length, 0),
    novelty: novelty(matches),
    copied: COPY_LENGTHS.map((shortest) => ({ words: shortest, share: copiedShare(matches, shortest) })),
    longest: { words, quote: texts[index]?.slice(end - words, end).join(' ') ?? '' },
  };
}

function byHeart(samples: Copies, heldOut: Copies): Finding {
  const [own, theirs] = [samples, heldOut].map(({ copied }) => copied.find(({ words }) => words === LONG_COPY)!.share);
  const isGood = own! <= theirs! + COPIED_MORE;
  const says =
    samples.words === 0
      ? 'No samples to compare'
      : `${percent(own!)} of what the model wrote lies in copies of ${LONG_COPY} words or more from its training texts; ${percent(theirs!)} of the held-out texts`;
  return {
    isGood,
    says: isGood ? says : `Says texts by heart: ${says}`,
    rule: `at most ${percent(COPIED_MORE)} more than in texts by the same people that it never saw`,
  };
}

function gap({ training, validation }: { readonly training: number; readonly validation: number }): Finding {
  const isGood = validation - training <= LOSS_GAP;
  const says = `${training.toFixed(2)} nats a token on what it learns from, ${validation.toFixed(2)} on what it never saw`;
  return {
    isGood,
    says: isGood ? says : `Knows its texts far better than others: ${says}`,
    rule: `at most ${LOSS_GAP} nat a token between the two`,
  };
}

/** Every second, third … text, so that what remains has about so many words; books count as many texts. */
function evenly(texts: readonly string[][], most: number): string[][] {
  const pieces = texts.flatMap((text) =>
    Array.from({ length: Math.ceil(text.length / PIECE) }, (_, index) =>
      text.slice(index * PIECE, (index + 1) * PIECE),
    ),
  );
  const stride = Math.max(1, Math.ceil(pieces.reduce((sum, { length }) => sum + length, 0) / most));
  return pieces.filter((_, index) => index % stride === 0);
}

function* words(texts: Iterable<string>): Generator<string[]> {
  for (const text of texts) yield wordsOf(text);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
