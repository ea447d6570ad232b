/** Openings as the arms of a bandit: those that bring what is approved come up more often, the others are still tried. Pure. */
import { randomBeta } from 'd3-random';
import type { Random } from '../random.ts';
import { type Readers, SILENT } from './readers.ts';

export interface Arm {
  readonly prompt: string;
  /** Drafts from it that the owner decided, and those approved. */
  readonly decided: number;
  readonly approved: number;
  /** What readers made of its posts; absent where they were not asked, or too few posts were measured. */
  readonly readers?: Readers;
}

export const MOST_LIVE = 6;

/** Of the Beta distribution of what is known of an arm: what the owner said, readers a little, and one of each that nobody said. */
function believed({ decided, approved, readers = SILENT }: Arm): { readonly up: number; readonly down: number } {
  return { up: approved + readers.for + 1, down: decided - approved + readers.against + 1 };
}

/** What is expected of an arm: the mean. One that was never tried is expected to be even. */
export function expected(arm: Arm): number {
  const { up, down } = believed(arm);
  return up / (up + down);
}

/** At most six of those that do not rest: the most promising, and where these are alike the first in the list. */
export function liveArms(rested: readonly Arm[]): readonly Arm[] {
  return rested.toSorted((a, b) => expected(b) - expected(a)).slice(0, MOST_LIVE);
}

/** Thompson 1933: each arm's share is drawn from what is known of it, and the largest is played. */
export function drawArm(live: readonly Arm[], random: Random): Arm {
  const [only] = live;
  if (only === undefined) throw new Error('No opening is live');
  if (live.length === 1) return only;
  const drawn = live.map((arm) => ({ arm, share: beta(arm, random) }));
  return drawn.reduce((best, one) => (one.share > best.share ? one : best)).arm;
}

function beta(arm: Arm, random: Random): number {
  const { up, down } = believed(arm);
  return randomBeta.source(random)(up, down)();
}

/** How many of the latest drafts' openings rest: half of a long list; of a short one the last, so that none comes twice in a row. */
export function restingCount(prompts: number): number {
  return Math.max(Math.min(1, prompts - 1), Math.min(Math.floor(prompts / 2), prompts - MOST_LIVE));
}
