/** What training moves, in memory, and the sessions that compute its loss and gradients. Tensors do not leave these files. */
import * as ort from 'onnxruntime-node';
import type { Gpt2Config } from '../model/gpt2-config.ts';
import { parameterShapes } from '../model/gpt2-graph.ts';
import type { ModelFolder } from '../model/model-folder.ts';
import { type AdamW, euclideanNorm, moveByAdamW } from './adamw.ts';
import { attentionBias, type Batch, type BatchShape } from './batch.ts';
import { lossGraph } from './training-graphs.ts';

export type { Batch, BatchShape } from './batch.ts';

export type Tensors = ReadonlyMap<string, Float32Array>;

export interface LoraSettings {
  readonly r: number;
  readonly alpha: number;
  readonly dropout: number;
  readonly targetModules: readonly string[];
}

/** What moves: every parameter, or an adapter beside the layers of a model that stays as it is. */
export type Method =
  | { readonly kind: 'full' }
  | { readonly kind: 'lora'; readonly base: ModelFolder; readonly lora: LoraSettings };

/**
 * What a training continues from: what moves, and AdamW's running mean and variance of its gradients. By GPT-2's names, or
 * an adapter's: `h.0.attn.c_attn.lora_A.weight`.
 */
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
  /** Keeps less for the way back, and computes it again: less memory, more time (arXiv 1604.06174). */
  readonly recompute?: boolean;
  readonly adamW: AdamW;
}

export function freshState(parameters: Tensors): TrainingState {
  return { parameters, means: zerosLike(parameters), variances: zerosLike(parameters) };
}

export async function createTrainable(
  config: Gpt2Config,
  method: Method,
  state: TrainingState,
  { shape, adamW }: TrainableOptions,
): Promise<Trainable> {
  if (method.kind !== 'full') throw new Error('Adapters cannot be trained yet');
  const gradient = await ort.InferenceSession.create(lossGraph(config, shape, { gradients: true }));
  const loss = await ort.InferenceSession.create(lossGraph(config, shape, { gradients: false }));

  const gradients = zerosLike(state.parameters);
  const named = (tensors: Tensors, prefix = '') => asTensors(config, tensors, prefix);
  const parameters = named(state.parameters);
  const sums = named(gradients, 'sum.');
  const summed = named(gradients, 'gradient.');
  const total = scalar(0);

  const run = async (session: ort.InferenceSession, batch: Batch, sum: ort.InferenceSession.FeedsType, into = {}) => {
    const dims = [shape.batch, shape.length];
    const feeds = {
      input_ids: new ort.Tensor('int64', batch.inputIds, dims),
      labels: new ort.Tensor('int64', batch.labels, dims),
      weights: new ort.Tensor('float32', batch.weights, dims),
      position_ids: new ort.Tensor('int64', batch.positions, dims),
      attention_bias: new ort.Tensor('float32', attentionBias(batch, shape), [
        shape.batch,
        1,
        shape.length,
        shape.length,
      ]),
    };
    await session.run({ ...feeds, ...parameters, ...sum }, { ...into, loss: total });
    return Number(total.data[0]);
  };

  return {
    state,
    accumulate: (batch) => run(gradient, batch, sums, summed),
    evaluate: (batch) => run(loss, batch, {}),

    async update({ step, learningRate, clipNorm, weight }) {
      const norm = euclideanNorm(gradients.values()) / weight;
      const shapes = parameterShapes(config);
      for (const [name, parameter] of state.parameters) {
        const [mean, variance] = [state.means.get(name)!, state.variances.get(name)!];
        const decays = shapes.get(name)?.length === 2 && !name.startsWith('w');
        moveByAdamW(
          { parameter, gradient: gradients.get(name)!, mean, variance },
          {
            ...adamW,
            weightDecay: decays ? adamW.weightDecay : 0,
            step,
            learningRate,
            gradientScale: Math.min(1, clipNorm / norm) / weight,
          },
        );
      }
      for (const values of gradients.values()) values.fill(0);
      return norm;
    },

    async release() {
      await Promise.all([gradient.release(), loss.release()]);
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
