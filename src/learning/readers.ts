/**
 * What readers made of the posts of each opening: a weak word beside the owner's, and of where to begin alone. Only the owner
 * teaches what is good: no selector, no threshold of autonomy and no adapter hears of it. Pure.
 */

export interface TakenPost {
  readonly prompt: string | null;
  /** By any measure that grows as it is taken better. */
  readonly worth: number;
}

/** In decisions of the owner. */
export interface Readers {
  readonly for: number;
  readonly against: number;
}

export const SILENT: Readers = { for: 0, against: 0 };

/** Fewer posts tell more of chance than of openings. */
export const ENOUGH_TAKEN = 20;

/**
 * Each post says by its rank among all of these what an account of any size would say: the best `weight` for its opening, the
 * worst as much against it, the one in the middle nothing; posts that were taken alike say the same. All together are as much for as against.
 */
export function readersOf(posts: readonly TakenPost[], weight: number): ReadonlyMap<string | null, Readers> {
  if (posts.length < ENOUGH_TAKEN || weight === 0) return new Map();
  const ascending = posts.map(({ worth }) => worth).toSorted((a, b) => a - b);
  const says = posts.map(({ prompt, worth }) => {
    const below = ascending.indexOf(worth);
    const middle = (below + ascending.lastIndexOf(worth)) / 2;
    return { prompt, said: weight * ((2 * middle) / (posts.length - 1) - 1) };
  });
  return new Map(
    [...Map.groupBy(says, ({ prompt }) => prompt)].map(([prompt, of]) => [
      prompt,
      {
        for: of.reduce((sum, { said }) => sum + Math.max(0, said), 0),
        against: of.reduce((sum, { said }) => sum + Math.max(0, -said), 0),
      },
    ]),
  );
}

/** On balance, in decisions: `+0.25`. */
export function balanceOf(readers: Readers = SILENT): string {
  const balance = readers.for - readers.against;
  return `${balance < 0 ? '−' : '+'}${Math.abs(balance).toFixed(2)}`;
}
