/** Which of the candidates the owner is shown, in which order, and why each. Pure. */
import { type Random, shuffled } from '../random.ts';
import type { Blind } from '../store/tables.ts';

export interface Offering<Item> {
  /** Those that passed every gate. */
  readonly candidates: readonly Item[];
  readonly keep: number;
  /** Of those shown, so many are drawn by chance, on average: 0 to 1. */
  readonly byChance: number;
  readonly blind: Blind | null;
  readonly random: Random;
}

export interface Offered<Item> {
  readonly candidate: Item;
  readonly drawnBy: 'score' | 'chance';
}

interface Scorable {
  readonly text: string;
  readonly score: number;
}

/**
 * The best by score with some by chance among them, best first, so that it learns also of what it thinks little of; blind,
 * several by chance alone in the order of chance, or the best one by itself. No text twice.
 */
export function chooseOffer<Item extends Scorable>({
  candidates,
  keep,
  byChance,
  blind,
  random,
}: Offering<Item>): Offered<Item>[] {
  const best = candidates
    .toSorted((a, b) => b.score - a.score)
    .filter(({ text }, index, all) => all.findIndex((other) => other.text === text) === index);
  if (blind === 'one' || blind === 'audit')
    return best.slice(0, 1).map((candidate) => ({ candidate, drawnBy: 'score' }));
  if (blind === 'several') {
    return shuffled(best, random)
      .slice(0, keep)
      .map((candidate) => ({ candidate, drawnBy: 'chance' }));
  }
  const count = Math.min(keep, best.length);
  const chances = Math.min(Math.max(0, count - 1), Math.floor(count * byChance + random())); // the best is always there
  const byScore = best.slice(0, count - chances);
  const drawn = shuffled(best.slice(count - chances), random).slice(0, chances);
  return [
    ...byScore.map((candidate) => ({ candidate, drawnBy: 'score' as const })),
    ...drawn.map((candidate) => ({ candidate, drawnBy: 'chance' as const })),
  ].toSorted((a, b) => b.candidate.score - a.candidate.score);
}

/** Whether the next draft is blind. `wantsAutonomy`: then every other one asks what autonomy stands on: would this one text have been right? */
export function drawBlind({
  share,
  wantsAutonomy,
  random,
}: {
  readonly share: number;
  readonly wantsAutonomy: boolean;
  readonly random: Random;
}): Blind | null {
  if (random() >= share) return null;
  return wantsAutonomy && random() < 0.5 ? 'one' : 'several';
}
