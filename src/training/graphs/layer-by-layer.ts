/**
 * A network that is computed one layer at a time, forwards and back, for little memory: a layer keeps its input and computes
 * the rest again on its way back (gradient checkpointing, Chen et al. 2016, arXiv 1604.06174), one session serves all layers,
 * and the gradients of one layer exist at a time beside their sums. All weights are in memory.
 */
import * as ort from 'onnxruntime-node';
import type { Gpt2Config } from '../../model/gpt2-config.ts';
import { headWeight, parameterShapes } from '../../model/gpt2-graph.ts';
import { type Feeds, Session } from '../../onnx/session.ts';
import { attentionBias, type Batch, type BatchShape, sharpnessOf } from '../data/batch.ts';
import type { AdapterShape } from './adapted-linear.ts';
import { blockGraphs, blockShapes } from './block-graphs.ts';
import { embed, scatter } from './embeddings.ts';
import type { GradientPart } from './gradient-sums.ts';
import { headGraph, headParts, rowsAtOnce } from './head-graph.ts';
import type { LossNetwork } from './loss-network.ts';
import { runInto } from './run-session.ts';

export interface LayerByLayerOptions {
  readonly shape: BatchShape;
  /** GPT-2's own parameters and, where there is an adapter, its matrices, by whole names. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** Beside every layer alike, by names within the layer; it moves, and where there is none, all of GPT-2's parameters do. */
  readonly adapter?: { readonly shape: AdapterShape; readonly dropout: number } | undefined;
}

export async function layerByLayer(config: Gpt2Config, options: LayerByLayerOptions): Promise<LossNetwork> {
  const { shape, weights, adapter } = options;
  const { n_embd: C, n_layer } = config;
  const N = shape.batch * shape.length;
  const rows = rowsAtOnce(N, config);
  const graphs = blockGraphs(config, shape, adapter?.shape);
  const forward = new Session(graphs.forward, { hasArena: true });
  const backward = new Session(graphs.backward, { hasArena: true });
  const head = new Session(headGraph(config, rows, adapter ? 'x' : 'all'), { hasArena: true });
  // Evaluation is rare, and its logits would stay in an arena of their own.
  const headLoss = new Session(headGraph(config, rows, 'none'), { hasArena: false });

  const dims = new Map(parameterShapes(config));
  const ofLayer = new Map([...blockShapes(config), ...adapterDims(adapter?.shape)]);
  const weight = (name: string, size = dims.get(name)) => {
    const values = weights.get(name);
    if (!values || !size) throw new Error(`No values for ${name}`);
    return new ort.Tensor('float32', values, size);
  };
  const layers = Array.from({ length: n_layer }, (_, layer): Feeds => {
    return Object.fromEntries([...ofLayer].map(([name, size]) => [name, weight(`h.${layer}.${name}`, size)]));
  });
  const headFeeds: Feeds = {
    head: weight(headWeight(config)),
    'ln_f.weight': weight('ln_f.weight'),
    'ln_f.bias': weight('ln_f.bias'),
  };
  const ofHead = new Map<string, GradientPart>(adapter ? [] : headGradients(config));
  const hidden = (values: Float32Array): ort.Tensor => new ort.Tensor('float32', values, [values.length / C, C]);
  const fresh = () => new Float32Array(N * C);
  // Of every layer what comes in, and of the last one what goes out; written over by the next batch.
  const states = Array.from({ length: n_layer + 1 }, fresh);
  const [gradient, nextGradient] = [fresh(), fresh()];
  const ofChunk = { gradient: new Float32Array(rows * C), loss: new Float32Array(1) };
  const lossTarget: Feeds = { loss: new ort.Tensor('float32', ofChunk.loss, []) };
  const headTargets: Feeds = {
    ...lossTarget,
    'gradient.x': hidden(ofChunk.gradient),
  };
  const masks = layers.map((): Feeds => {
    const mask = (size: readonly number[]) => new Uint8Array(size.reduce((product, dim) => product * dim, 1));
    return Object.fromEntries([...graphs.kept].map(([name, size]) => [name, new ort.Tensor('bool', mask(size), size)]));
  });

  /** The output of every layer from that of the embedding on, into `states`; what chance decided, into `masks`. */
  const forwards = (batch: Batch, common: Feeds) => {
    states[0]!.set(embed(config, weights, batch));
    for (const [index, layer] of layers.entries()) {
      const targets = { y: hidden(states[index + 1]!), ...masks[index] };
      forward.run({ ...common, ...layer, x: hidden(states[index]!) }, targets);
    }
    return states[n_layer]!;
  };
  const feedsOf = (batch: Batch, training: boolean): Feeds => {
    const T = shape.length;
    const bias = new ort.Tensor('float32', attentionBias(batch, shape), [shape.batch, 1, T, T]);
    if (!adapter?.shape.dropout) return { attention_bias: bias };
    const ratio = new ort.Tensor('float32', Float32Array.of(training ? adapter.dropout : 0), []);
    return { attention_bias: bias, dropout: ratio };
  };
  /** Rows of the batch for the head, padded with rows that weigh nothing. */
  const chunks = (x: Float32Array, batch: Batch) => {
    const sharpness = sharpnessOf(batch);
    return Array.from({ length: Math.ceil(N / rows) }, (_, part) => {
      const [from, to] = [part * rows, Math.min(N, (part + 1) * rows)];
      const feeds: Feeds = {
        ...headFeeds,
        x: hidden(padded(x.subarray(from * C, to * C), rows * C)),
        labels: new ort.Tensor('int64', padded(batch.labels.subarray(from, to), rows), [rows]),
        weights: new ort.Tensor('float32', padded(batch.weights.subarray(from, to), rows), [rows]),
        sharpness: new ort.Tensor('float32', padded(sharpness.subarray(from, to), rows), [rows]),
      };
      return { from, to, feeds };
    });
  };

  return {
    async loss(batch) {
      const x = forwards(batch, feedsOf(batch, false));
      let sum = 0;
      for (const { feeds } of chunks(x, batch)) {
        headLoss.run(feeds, lossTarget);
        sum += ofChunk.loss[0]!;
      }
      return sum;
    },

    async lossAndGradients(batch, sums) {
      const common = feedsOf(batch, true);
      const x = forwards(batch, common);
      let sum = 0;
      for (const { from, to, feeds } of chunks(x, batch)) {
        runInto(head, feeds, headTargets, sums, ofHead);
        sum += ofChunk.loss[0]!;
        gradient.set(ofChunk.gradient.subarray(0, (to - from) * C), from * C);
      }

      let [dy, dx] = [gradient, nextGradient];
      for (const [index, layer] of [...layers.entries()].toReversed()) {
        const feeds = { ...common, ...layer, ...masks[index], x: hidden(states[index]!), 'gradient.y': hidden(dy) };
        const gradients = new Map(
          graphs.moving.map((name) => [`gradient.${name}`, { name: `h.${index}.${name}`, dims: layer[name]!.dims }]),
        );
        runInto(backward, feeds, { 'gradient.x': hidden(dx) }, sums, gradients);
        [dy, dx] = [dx, dy];
      }
      if (!adapter) scatter(config, sums, batch, dy);
      return sum;
    },

    async release() {
      for (const session of [forward, backward, head, headLoss]) session.release();
    },
  };
}

function headGradients(config: Gpt2Config): [string, GradientPart][] {
  const { n_embd: C } = config;
  const name = headWeight(config);
  return [
    ['gradient.ln_f.weight', { name: 'ln_f.weight', dims: [C] }],
    ['gradient.ln_f.bias', { name: 'ln_f.bias', dims: [C] }],
    ...headParts(config).map(({ from, size }, index): [string, GradientPart] => [
      `gradient.head.${index}`,
      { name, dims: [size, C], from: from * C },
    ]),
  ];
}

function adapterDims(adapter: AdapterShape | undefined): [string, readonly number[]][] {
  return [...(adapter?.layers ?? [])].flatMap(([name, [width, height]]): [string, readonly number[]][] => [
    [`${name}.lora_A.weight`, [adapter!.r, width]],
    [`${name}.lora_B.weight`, [height, adapter!.r]],
  ]);
}

/** The array itself where it has that length, else a longer copy that ends in zeros. */
function padded<Values extends Float32Array | BigInt64Array>(values: Values, length: number): Values {
  if (values.length === length) return values;
  const longer = new (values.constructor as new (length: number) => Values)(length);
  (longer as Float32Array).set(values as Float32Array);
  return longer;
}
