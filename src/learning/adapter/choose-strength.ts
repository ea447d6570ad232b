/** How much of an adapter is spoken with: as much as leaves the voice its variety. Chosen by samples that the gate does not see. */
import type { Persona } from '../../persona/persona.ts';
import type { Tensors } from '../../training/trainable.ts';
import { distinctAtEqualCounts, type EqualCounts } from './distinct.ts';
import { type VoiceSample, voiceSamples } from './voice-samples.ts';

/** 1: as it was trained. What an adapter adds to each layer is multiplied by it. */
export const STRENGTHS = [1, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12] as const;

/** Of the present voice's distinct-1 and -2: two hundredths above what the gate asks, for its samples are others. */
const ENOUGH = 0.97;
export const STRENGTH_SAMPLES = 240;

export interface TriedStrength {
  readonly strength: number;
  readonly distinct: EqualCounts;
}

export interface Strengthening {
  readonly persona: Persona;
  /** Folder of what the persona speaks with today. */
  readonly present: string;
  readonly trained: Tensors;
  /** Writes an adapter where it can be opened, and returns its folder. */
  readonly write: (tensors: Tensors) => string;
  readonly seed: number;
  /** What the present voice wrote for the same openings and seeds, where that is known already. */
  readonly presentSamples?: readonly VoiceSample[] | undefined;
}

/**
 * The largest that leaves enough variety, else the smallest. Looked for by halves, since less of an adapter leaves more of the voice
 * as it was; with every one that was tried, in that order.
 */
export async function chooseStrength({
  persona,
  present,
  trained,
  write,
  seed,
  presentSamples,
}: Strengthening): Promise<{
  readonly strength: number;
  readonly folder: string;
  readonly tried: readonly TriedStrength[];
}> {
  const before = presentSamples ?? (await voiceSamples(present, persona, { count: STRENGTH_SAMPLES, seed }));
  const tried: TriedStrength[] = [];
  let [from, to] = [0, STRENGTHS.length - 1];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const strength = STRENGTHS[middle]!;
    const after = await voiceSamples(write(scaled(trained, strength)), persona, { count: STRENGTH_SAMPLES, seed });
    const distinct = distinctAtEqualCounts(before, after);
    tried.push({ strength, distinct });
    const isEnough = [distinct.one, distinct.two].every(({ before, after }) => after >= ENOUGH * before);
    if (isEnough) to = middle;
    else from = middle + 1;
  }
  const strength = STRENGTHS[from]!;
  return { strength, folder: write(scaled(trained, strength)), tried };
}

/** What goes out of an adapter, B, is scaled; what goes in, A, stays. */
export function scaled(tensors: Tensors, strength: number): Tensors {
  return new Map(
    [...tensors].map(([name, values]) => [
      name,
      name.endsWith('.lora_B.weight') ? values.map((value) => value * strength) : values,
    ]),
  );
}
