/** AdamW (Loshchilov & Hutter, arXiv 1711.05101), in place. Knows nothing of models and threads. */

export interface AdamW {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** What one step does to every parameter alike. */
export interface AdamWStep extends AdamW {
  /** Counts from 1. */
  readonly step: number;
  readonly learningRate: number;
  /** What clipping and averaging multiply the gradient by. */
  readonly gradientScale: number;
}

/** One parameter with its gradient and moments, all of one length. */
export interface Moving {
  readonly parameter: Float32Array;
  readonly gradient: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly decays: boolean;
}

export function moveByAdamW({ parameter, gradient, mean, variance, decays }: Moving, step: AdamWStep): void {
  const { beta1, beta2, epsilon, gradientScale } = step;
  const kept = decays ? 1 - step.learningRate * step.weightDecay : 1;
  const rate = step.learningRate / (1 - beta1 ** step.step);
  const correction = 1 / (1 - beta2 ** step.step);
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i]! * gradientScale;
    const m = beta1 * mean[i]! + (1 - beta1) * g;
    const v = beta2 * variance[i]! + (1 - beta2) * g * g;
    mean[i] = m;
    variance[i] = v;
    parameter[i] = parameter[i]! * kept - (rate * m) / (Math.sqrt(v * correction) + epsilon);
  }
}

export function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}
