/** A curve to look at instead of batches that jump about. */

/** The share of each new loss in the mean: it looks back over some 20 steps. */
const NEWEST = 0.1;

/**
 * An exponential moving mean; the first values weigh as much as they do in a plain mean, as Adam's moments
 * (arXiv 1412.6980, section 3). Each loss that is told returns the mean so far.
 */
export function smoothing(newest = NEWEST): (loss: number) => number {
  let sum = 0;
  let weight = 0;
  return (loss) => {
    sum += newest * (loss - sum);
    weight += newest * (1 - weight);
    return sum / weight;
  };
}
