/** The parts of threads while these are not whole. One beyond all reason is given out in several pieces: memory holds one of them. */
import { byAge, type Tweet } from './x-tweet.ts';

/** Nobody's thread has more. */
const MOST_PARTS = 1 << 16;
const MOST_CHARACTERS = 8 << 20;

interface Held {
  readonly parts: Map<string, Tweet>;
  characters: number;
}

export class HeldThreads {
  /** By the id of the first tweet. */
  readonly #held = new Map<string, Held>();
  readonly #given = new Set<string>();
  /** Of those given out in pieces: how many tweets are still to come. */
  readonly #left = new Map<string, number>();

  /** With `tweet`, the thread of `size` tweets that begins with `root`, or a piece of it, the eldest first; nothing where more is to come. */
  take(tweet: Tweet, root: string, size: number): readonly Tweet[] | 'given' | undefined {
    if (this.#given.has(root)) return 'given';
    const held = this.#held.get(root) ?? { parts: new Map(), characters: 0 };
    this.#held.set(root, held);
    held.parts.set(tweet.id, tweet);
    held.characters += tweet.text.length;
    const left = this.#left.get(root) ?? size;
    const isWhole = held.parts.size >= left;
    if (!isWhole && held.parts.size < MOST_PARTS && held.characters < MOST_CHARACTERS) return undefined;
    this.#held.delete(root);
    if (isWhole) this.#given.add(root);
    else this.#left.set(root, left - held.parts.size);
    return byAgeOf(held);
  }

  /** Those of which something is missing. */
  *rest(): Generator<readonly [root: string, tweets: readonly Tweet[]]> {
    for (const [root, held] of this.#held) yield [root, byAgeOf(held)];
  }
}

function byAgeOf({ parts }: Held): Tweet[] {
  return [...parts.values()].sort((a, b) => byAge(a.id, b.id));
}
