/** What training moves, in memory, and the sessions that compute its loss and gradients. Tensors do not leave these files. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Gpt2Config } from '../model/gpt2-config.ts';
import type { ModelFolder } from '../model/model-folder.ts';
import { readTensor } from '../model/safetensors.ts';
import { adapterShape, withinLayer } from './adapter-parameters.ts';
import type { Batch, BatchShape } from './data/batch.ts';
import { GradientSums } from './graphs/gradient-sums.ts';
import { layerByLayer } from './graphs/layer-by-layer.ts';
import type { LossNetwork } from './graphs/loss-network.ts';
import { oneGraph } from './graphs/one-graph.ts';
import { wholeNetwork } from './graphs/whole-network.ts';
import type { AdamW } from './optimizer/adamw.ts';
import { sharedCopy, sharedZeros, startOptimizer, type Update } from './optimizer/optimizer.ts';

export type { Batch, BatchShape } from './data/batch.ts';

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
  /** Whether a step has several micro-batches. Both ways are right for either; each is the better one for its own. */
  readonly accumulates?: boolean;
  readonly adamW: AdamW;
}

/** What moves, moved by nothing yet. */
export function freshState(parameters: Tensors): TrainingState {
  return { parameters: shared(parameters), means: zerosLike(parameters), variances: zerosLike(parameters) };
}

/** @param state is moved in place where it lies on shared memory; else `Trainable.state` is a copy that does. */
export async function createTrainable(
  config: Gpt2Config,
  method: Method,
  { parameters, means, variances }: TrainingState,
  options: TrainableOptions,
): Promise<Trainable> {
  const state = { parameters: shared(parameters), means: shared(means), variances: shared(variances) };
  const network = await networkOf(config, method, state, options);
  const sums = new GradientSums(zerosLike(state.parameters));
  const moving = [...state.parameters].map(([name, parameter]) => {
    const [mean, variance] = [state.means.get(name), state.variances.get(name)];
    if (!mean || !variance) throw new Error(`No moments of ${name}`);
    return { parameter, gradient: sums.values.get(name)!, mean, variance, decays: decays(name) };
  });
  const optimizer = startOptimizer(moving, options.adamW);
  return {
    state,
    // A run blocks: signals and the clock are heard between two of them.
    async accumulate(batch) {
      await turn();
      return await network.lossAndGradients(batch, sums);
    },
    async evaluate(batch) {
      await turn();
      return await network.loss(batch);
    },
    async update(update) {
      const norm = await optimizer.update(update);
      sums.clear();
      return norm;
    },
    async release() {
      await Promise.all([network.release(), optimizer.release()]);
    },
  };
}

/** Matrices decay, an adapter's too; embeddings, norms and biases do not. An untied head is a matrix. */
function decays(name: string): boolean {
  return name.endsWith('.weight') && !/^(wte|wpe|ln_f|h\.\d+\.ln_\d)\.weight$/.test(name);
}

async function networkOf(
  config: Gpt2Config,
  method: Method,
  { parameters }: TrainingState,
  { shape, recompute = false, accumulates = false }: TrainableOptions,
): Promise<LossNetwork> {
  if (method.kind === 'full') {
    return recompute
      ? layerByLayer(config, { shape, weights: parameters })
      : oneGraph(config, shape, parameters, { accumulates });
  }

  const { base, lora } = method;
  const adapter = adapterShape(config, lora);
  const uneven = lora.targetModules.find((target) => /^h\.\d/.test(target));
  if (!recompute || uneven) {
    return wholeNetwork(base, { shape, adapter, dropout: lora.dropout, matrices: parameters });
  }
  const own = [...base.weights.tensors.keys()].map((name) => [name, readTensor(base.weights, name)] as const);
  return layerByLayer(config, {
    shape,
    weights: new Map([...own, ...parameters]),
    adapter: { shape: withinLayer(adapter), dropout: lora.dropout },
  });
}

function zerosLike(tensors: Tensors): Tensors {
  return new Map([...tensors].map(([name, { length }]) => [name, sharedZeros(length)]));
}

function shared(tensors: Tensors): Tensors {
  return new Map([...tensors].map(([name, values]) => [name, sharedCopy(values)]));
}
