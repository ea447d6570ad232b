import type { Batch } from '../data/batch.ts';
import type { GradientSums } from './gradient-sums.ts';

/** What computes a batch's weighted sum of negative log-likelihoods, in nats. */
export interface LossNetwork {
  loss(batch: Batch): Promise<number>;
  /** The same, with its gradients added to the sums. */
  lossAndGradients(batch: Batch, sums: GradientSums): Promise<number>;
  release(): Promise<void>;
}
