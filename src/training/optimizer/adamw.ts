/** AdamW (Loshchilov & Hutter, arXiv 1711.05101), in place. Knows nothing of models and threads. */
import { instantiateKernel, TILE } from './adamw-kernel.ts';

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

const kernel = instantiateKernel();

export function moveByAdamW(moving: Moving, step: AdamWStep): void {
  const constants = {
    ...step,
    rate: step.learningRate / (1 - step.beta1 ** step.step),
    correction: 1 / (1 - step.beta2 ** step.step),
    kept: moving.decays ? 1 - step.learningRate * step.weightDecay : 1,
  };
  for (let from = 0; from < moving.parameter.length; from += TILE) {
    const tile = (values: Float32Array) => values.subarray(from, from + TILE);
    const { parameter, gradient, mean, variance } = moving;
    kernel.parameter.set(tile(parameter));
    kernel.gradient.set(tile(gradient));
    kernel.mean.set(tile(mean));
    kernel.variance.set(tile(variance));
    const count = Math.min(TILE, parameter.length - from);
    kernel.move(count, constants);
    parameter.set(kernel.parameter.subarray(0, count), from);
    mean.set(kernel.mean.subarray(0, count), from);
    variance.set(kernel.variance.subarray(0, count), from);
  }
}

export function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let from = 0; from < values.length; from += TILE) {
    kernel.gradient.set(values.subarray(from, from + TILE));
    sum += kernel.squares(Math.min(TILE, values.length - from));
  }
  return sum;
}
