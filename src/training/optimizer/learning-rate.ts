export interface LearningRate {
  readonly peak: number;
  /** Share of the peak at which the last step arrives. */
  readonly floor: number;
  readonly warmupSteps: number;
  readonly steps: number;
}

/** Linear warm-up to the peak, then half a cosine down to the floor (arXiv 1608.03983). Steps count from 1. */
export function warmupThenCosine({ peak, floor, warmupSteps, steps }: LearningRate, step: number): number {
  if (step <= warmupSteps) return (peak * step) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps));
  return peak * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}
