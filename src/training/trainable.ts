/** A GPT-2's parameters in memory, and the sessions that compute its loss and move it. Tensors do not leave this file. */
import * as ort from 'onnxruntime-node';
import type { Gpt2Config } from '../model/gpt2-config.ts';
import { parameterShapes } from '../model/gpt2-graph.ts';
import { type AdamW, type BatchShape, lossGraph, updateGraph } from './training-graphs.ts';

export type Tensors = ReadonlyMap<string, Float32Array>;

/** Rows of equal length, row-major: what each position holds, is to predict, and counts in the loss. */
export interface Batch {
  readonly inputIds: BigInt64Array;
  readonly labels: BigInt64Array;
  readonly weights: Float32Array;
}

/** What a training continues from: the parameters, and AdamW's running mean and variance of their gradients. */
export interface TrainingState {
  readonly parameters: Tensors;
  readonly means: Tensors;
  readonly variances: Tensors;
}

export interface Update {
  /** Counts from 1. */
  readonly step: number;
  readonly learningRate: number;
  /** The largest Euclidean norm that the gradient as a whole may have. */
  readonly clipNorm: number;
  /** Σ of the weights accumulated since the last update; the summed gradient is divided by it. */
  readonly weight: number;
}

export interface Trainable {
  readonly state: TrainingState;
  /** Adds a batch's gradient to the sum. Returns its weighted sum of negative log-likelihoods, in nats. */
  accumulate(batch: Batch): Promise<number>;
  /** The same sum, with no gradient. */
  evaluate(batch: Batch): Promise<number>;
  /** One step of AdamW; the gradient's sum begins anew. Returns the gradient's norm before clipping. */
  update(update: Update): Promise<number>;
  release(): Promise<void>;
}

export interface TrainableOptions {
  readonly shape: BatchShape;
  readonly adamW: AdamW;
}

export function freshState(parameters: Tensors): TrainingState {
  return { parameters, means: zerosLike(parameters), variances: zerosLike(parameters) };
}

export async function createTrainable(
  config: Gpt2Config,
  state: TrainingState,
  { shape, adamW }: TrainableOptions,
): Promise<Trainable> {
  const gradient = await ort.InferenceSession.create(lossGraph(config, shape, { gradients: true }));
  const loss = await ort.InferenceSession.create(lossGraph(config, shape, { gradients: false }));
  const adam = await ort.InferenceSession.create(updateGraph(config, adamW));

  const gradients = zerosLike(state.parameters);
  const named = (tensors: Tensors, prefix = '') => asTensors(config, tensors, prefix);
  const parameters = named(state.parameters);
  // The same buffers are inputs and outputs: sums, moments and parameters are moved in place and never copied.
  const sums = named(gradients, 'sum.');
  const summed = named(gradients, 'gradient.');
  const moments = { ...named(state.means, 'mean.'), ...named(state.variances, 'variance.') };
  const moved = {
    ...named(state.parameters, 'next.'),
    ...named(state.means, 'next.mean.'),
    ...named(state.variances, 'next.variance.'),
  };
  const total = scalar(0);

  const run = async (session: ort.InferenceSession, batch: Batch, sum: ort.InferenceSession.FeedsType, into = {}) => {
    const dims = [shape.batch, shape.length];
    const feeds = {
      input_ids: new ort.Tensor('int64', batch.inputIds, dims),
      labels: new ort.Tensor('int64', batch.labels, dims),
      weights: new ort.Tensor('float32', batch.weights, dims),
    };
    await session.run({ ...feeds, ...parameters, ...sum }, { ...into, loss: total });
    return Number(total.data[0]);
  };

  return {
    state,
    accumulate: (batch) => run(gradient, batch, sums, summed),
    evaluate: (batch) => run(loss, batch, {}),

    async update({ step, learningRate, clipNorm, weight }) {
      const norm = euclideanNorm(gradients) / weight;
      const feeds = {
        rate: scalar(learningRate),
        gradientScale: scalar(Math.min(1, clipNorm / norm) / weight),
        correction1: scalar(1 / (1 - adamW.beta1 ** step)),
        correction2: scalar(1 / (1 - adamW.beta2 ** step)),
      };
      await adam.run({ ...feeds, ...parameters, ...summed, ...moments }, moved);
      for (const values of gradients.values()) values.fill(0);
      return norm;
    },

    async release() {
      await Promise.all([gradient.release(), loss.release(), adam.release()]);
    },
  };
}

function zerosLike(tensors: Tensors): Tensors {
  return new Map([...tensors].map(([name, values]) => [name, new Float32Array(values.length)]));
}

function asTensors(config: Gpt2Config, tensors: Tensors, prefix: string): Record<string, ort.Tensor> {
  return Object.fromEntries(
    [...parameterShapes(config)].map(([name, shape]) => {
      const values = tensors.get(name);
      if (!values) throw new Error(`No values for ${name}`);
      return [`${prefix}${name}`, new ort.Tensor('float32', values, shape)];
    }),
  );
}

function scalar(value: number): ort.Tensor {
  return new ort.Tensor('float32', Float32Array.of(value), []);
}

function euclideanNorm(tensors: Tensors): number {
  let squares = 0;
  for (const values of tensors.values()) for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}
