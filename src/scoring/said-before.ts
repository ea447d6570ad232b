import { shinglesOf } from '../corpus/near-duplicates.ts';

/**
 * How much of a text one turn of the conversation has said already, 0 to 1: the share of its groups of five letters that
 * stand in the turn that has most of them. Of English sentences that have nothing to do with each other it is below .2.
 */
export function saidBefore(text: string, turns: readonly string[]): number {
  const own = shinglesOf(text);
  return turns.reduce((most, turn) => Math.max(most, sharedOf(own, shinglesOf(turn))), 0);
}

/** Of the first of two sorted sets. */
function sharedOf(own: Int32Array, other: Int32Array): number {
  let shared = 0;
  for (let i = 0, j = 0; i < own.length && j < other.length; ) {
    const [left, right] = [own[i]!, other[j]!];
    if (left === right) shared++;
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return shared / own.length;
}
