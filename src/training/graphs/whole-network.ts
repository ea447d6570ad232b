/**
 * A network with an adapter as one graph, forwards and back: its own weights do not move, so they are constants that the
 * runtime packs once for its products, straight from their file.
 */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { fromEmbeddings, headWeight, withinRows } from '../../model/gpt2-graph.ts';
import type { ModelFolder } from '../../model/model-folder.ts';
import { pullBack } from '../../onnx/gradients.ts';
import { GraphBuilder, type Value } from '../../onnx/graph-builder.ts';
import { DATA_TYPE } from '../../onnx/model-proto.ts';
import { Session } from '../../onnx/session.ts';
import { attentionBias, type Batch, type BatchShape, sharpnessOf } from '../data/batch.ts';
import { type AdapterShape, adaptedLinear } from './adapted-linear.ts';
import { embedFromFile } from './embeddings.ts';
import { crossEntropyInChunks } from './head-graph.ts';
import type { LossNetwork } from './loss-network.ts';
import { runInto } from './run-session.ts';

export interface WholeNetworkOptions {
  readonly shape: BatchShape;
  readonly adapter: AdapterShape;
  readonly dropout: number;
  /** The adapter's matrices, by whole names. */
  readonly matrices: ReadonlyMap<string, Float32Array>;
}

const STORED_AS = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const;

export async function wholeNetwork(base: ModelFolder, options: WholeNetworkOptions): Promise<LossNetwork> {
  const { shape, dropout, matrices } = options;
  const file = realpathSync(base.weights.file);
  const { graph, parameters } = wholeGraph(base, options);
  const session = new Session(graph, {
    hasArena: true,
    settings: { 'session.model_external_initializers_file_folder_path': path.dirname(file) },
  });
  const adapter = Object.fromEntries(
    parameters.map(({ name, shape: dims }) => [name, new ort.Tensor('float32', matrices.get(name)!, dims.map(Number))]),
  );
  const gradients = new Map(
    parameters.map(({ name, shape: dims }) => [`gradient.${name}`, { name, dims: dims.map(Number) }]),
  );

  const sum = new Float32Array(1);
  const targets = { loss: new ort.Tensor('float32', sum, []) };

  const feeds = (batch: Batch, ratio: number): Record<string, ort.Tensor> => {
    const { batch: B, length: T } = shape;
    const rows = [B, T];
    return {
      ...adapter,
      x: new ort.Tensor('float32', embedFromFile(base, batch), [B * T, base.config.n_embd]),
      labels: new ort.Tensor('int64', batch.labels, rows),
      weights: new ort.Tensor('float32', batch.weights, rows),
      sharpness: new ort.Tensor('float32', sharpnessOf(batch), rows),
      attention_bias: new ort.Tensor('float32', attentionBias(batch, shape), [B, 1, T, T]),
      ...(options.adapter.dropout ? { dropout: new ort.Tensor('float32', Float32Array.of(ratio), []) } : {}),
    };
  };
  return {
    async loss(batch) {
      session.run(feeds(batch, 0), targets);
      return sum[0]!;
    },
    async lossAndGradients(batch, sums) {
      runInto(session, feeds(batch, dropout), targets, sums, gradients);
      return sum[0]!;
    },
    async release() {
      session.release();
    },
  };
}

function wholeGraph({ config, weights: { file, tensors } }: ModelFolder, { shape, adapter }: WholeNetworkOptions) {
  const graph = new GraphBuilder();
  const dims = [shape.batch, shape.length];
  const x = graph.input('x', 'float32', [shape.batch * shape.length, config.n_embd]);
  const bias = graph.input('attention_bias', 'float32', [shape.batch, 1, shape.length, shape.length]);
  const labels = graph.input('labels', 'int64', dims);
  const [weights, sharpness] = [graph.input('weights', 'float32', dims), graph.input('sharpness', 'float32', dims)];
  const known = new Map<string, Value>();
  const weight = (name: string): Value => {
    const value = known.get(name) ?? stored(graph, path.basename(realpathSync(file)), tensors.get(name)!);
    known.set(name, value);
    return value;
  };
  const { linear, parameters } = adaptedLinear(graph, weight, adapter);

  const looking = { x, attend: withinRows(graph, config, bias) };
  const hidden = fromEmbeddings(graph, weight, config, looking, linear);
  const flat = (value: Value) => graph.op('Reshape', [value, graph.constant([-1], 'int64')]);
  const { loss, hiddenGradient } = crossEntropyInChunks(graph, config, hidden, {
    head: weight(headWeight(config)),
    labels: flat(labels),
    weights: flat(weights),
    sharpness: flat(sharpness),
  });
  graph.output(loss, 'loss');
  const moving = [...parameters.values()];
  for (const [index, value] of pullBack(graph, { value: hidden, gradient: hiddenGradient() }, moving).entries()) {
    graph.output(value, `gradient.${moving[index]?.name}`);
  }
  return { graph: graph.encode(), parameters: moving };
}

function stored(
  graph: GraphBuilder,
  location: string,
  entry: ModelFolder['weights']['tensors'] extends ReadonlyMap<string, infer E> ? E : never,
): Value {
  const type = STORED_AS[entry.dtype as keyof typeof STORED_AS];
  const { name, offset, length, shape } = entry;
  const value = graph.external(name, type, shape, { location, offset, length });
  return type === 'float32' ? value : graph.op('Cast', [value], { to: DATA_TYPE.float32 });
}
