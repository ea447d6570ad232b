/**
 * Kahneman-Tversky optimisation (Ethayarajh et al. 2024, arXiv 2402.01306, equations 7 to 9): approved and rejected texts teach without
 * being pairs. Pure: log-probability ratios in, a loss and its slopes out.
 */

export interface KtoSettings {
  /** How far the policy may leave the reference: smaller is farther. */
  readonly beta: number;
  readonly desirable: number;
  readonly undesirable: number;
}

/** beta and rate as docs/learning.md has them. */
export const KTO = { beta: 0.1, learningRate: 5e-6 } as const;

/** Both sides weigh the same, however many texts are on each; the smaller side is raised. */
export function balanced(approved: number, rejected: number): Pick<KtoSettings, 'desirable' | 'undesirable'> {
  return approved < rejected
    ? { desirable: rejected / approved, undesirable: 1 }
    : { desirable: 1, undesirable: approved / rejected };
}

export interface KtoRatio {
  /** ln π(y|x) − ln π_ref(y|x), in nats. */
  readonly ratio: number;
  readonly approved: boolean;
}

/** z₀: how far the policy is from the reference, by texts that answer other openings. Never below 0, and not differentiated. */
export function klEstimate(mismatched: readonly number[]): number {
  return Math.max(0, mismatched.reduce((sum, ratio) => sum + ratio, 0) / Math.max(1, mismatched.length));
}

/** The mean loss, and for each text dL/d ln π(y|x). */
export function ktoLoss(
  ratios: readonly KtoRatio[],
  z0: number,
  { beta, desirable, undesirable }: KtoSettings,
): { readonly loss: number; readonly slopes: readonly number[] } {
  let loss = 0;
  const slopes = ratios.map(({ ratio, approved }) => {
    const lambda = approved ? desirable : undesirable;
    const value = sigmoid(beta * (approved ? ratio - z0 : z0 - ratio));
    loss += (lambda * (1 - value)) / ratios.length;
    return ((approved ? -1 : 1) * lambda * beta * value * (1 - value)) / ratios.length;
  });
  return { loss, slopes };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
