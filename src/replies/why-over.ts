/** When a conversation has nowhere to go. Pure: of each turn it knows what the features say. */

export interface SaidTurn {
  /** The features of a reply; of an opening there are none. */
  readonly relevance?: number | undefined;
  readonly dullness?: number | undefined;
  readonly saidBefore?: number | undefined;
}

/** More than half of it was said in one earlier turn: those who talk go in a circle. */
const LOOPS = 0.6;
/** More than half of it could answer anything. */
const DULL = 0.5;
/** Anybody says one dull thing. */
const IN_A_ROW = 2;

/** `loop`: the newest turn says again what was said. `dull`: the last ones could answer anything, or have nothing to do with what they answer. */
export function whyOver(turns: readonly SaidTurn[]): 'loop' | 'dull' | null {
  if ((turns.at(-1)?.saidBefore ?? 0) >= LOOPS) return 'loop';
  const last = turns.slice(-IN_A_ROW);
  return last.length === IN_A_ROW && last.every(isDull) ? 'dull' : null;
}

function isDull({ relevance, dullness = 0 }: SaidTurn): boolean {
  return dullness >= DULL || (relevance !== undefined && relevance <= 0);
}
