/**
 * A network all of whose parameters move, as one graph forwards and back: nothing on the way leaves the runtime, which is
 * faster than layer by layer.
 */
import * as ort from 'onnxruntime-node';
import type { Gpt2Config } from '../../model/gpt2-config.ts';
import { fromEmbeddings, headWeight, parameterShapes, withinRows } from '../../model/gpt2-graph.ts';
import { pullBack } from '../../onnx/gradients.ts';
import { GraphBuilder, type Value } from '../../onnx/graph-builder.ts';
import { type Feeds, Session } from '../../onnx/session.ts';
import { attentionBias, type Batch, type BatchShape } from '../data/batch.ts';
import { embed, scatter } from './embeddings.ts';
import type { GradientPart } from './gradient-sums.ts';
import { crossEntropyInChunks, headParts } from './head-graph.ts';
import type { LossNetwork } from './loss-network.ts';
import { runInto, runOnto, sumInput } from './run-session.ts';

export interface OneGraphOptions {
  /** Whether the graph itself adds gradients to those of earlier micro-batches: then they are nowhere beside their sums. */
  readonly accumulates: boolean;
}

export async function oneGraph(
  config: Gpt2Config,
  shape: BatchShape,
  weights: ReadonlyMap<string, Float32Array>,
  { accumulates }: OneGraphOptions,
): Promise<LossNetwork> {
  const { graph, gradients } = trainingGraph(config, shape, accumulates ? 'added' : 'alone');
  const session = new Session(graph, { hasArena: true });
  const evaluation = new Session(trainingGraph(config, shape, 'none').graph, {
    hasArena: false, // it is rare, and its logits would stay in an arena of their own
  });
  const [B, T, N] = [shape.batch, shape.length, shape.batch * shape.length];
  const shapes = parameterShapes(config);
  const fixed: Feeds = Object.fromEntries(
    inGraph(config).map((name) => [name, new ort.Tensor('float32', weights.get(name)!, shapes.get(name)!)]),
  );
  const feeds = (batch: Batch): Feeds => {
    if (batch.sharpness) throw new Error('What a model drew is taught to adapters alone');
    return {
      ...fixed,
      x: new ort.Tensor('float32', embed(config, weights, batch), [N, config.n_embd]),
      labels: new ort.Tensor('int64', batch.labels, [N]),
      weights: new ort.Tensor('float32', batch.weights, [N]),
      attention_bias: new ort.Tensor('float32', attentionBias(batch, shape), [B, 1, T, T]),
    };
  };
  const dx = new Float32Array(N * config.n_embd);
  const sum = new Float32Array(1);
  const loss = new ort.Tensor('float32', sum, []);
  const targets = {
    loss,
    'gradient.x': new ort.Tensor('float32', dx, [N, config.n_embd]),
  };
  return {
    async loss(batch) {
      evaluation.run(feeds(batch), { loss });
      return sum[0]!;
    },
    async lossAndGradients(batch, sums) {
      (accumulates ? runOnto : runInto)(session, feeds(batch), targets, sums, gradients);
      scatter(config, sums, batch, dx);
      return sum[0]!;
    },
    async release() {
      session.release();
      evaluation.release();
    },
  };
}

/** The parameters that the graph reads: all but the tables that embed, unless a table is the head too. */
function inGraph(config: Gpt2Config): readonly string[] {
  const names = [...parameterShapes(config).keys()];
  return names.filter((name) => name === headWeight(config) || !/^w[tp]e\./.test(name));
}

function trainingGraph(config: Gpt2Config, { batch, length }: BatchShape, gradientsAre: 'none' | 'alone' | 'added') {
  const graph = new GraphBuilder();
  const N = batch * length;
  const x = graph.input('x', 'float32', [N, config.n_embd]);
  const bias = graph.input('attention_bias', 'float32', [batch, 1, length, length]);
  const shapes = parameterShapes(config);
  const parameters = new Map(inGraph(config).map((name) => [name, graph.input(name, 'float32', shapes.get(name)!)]));
  const weight = (name: string): Value => parameters.get(name)!;
  const hidden = fromEmbeddings(graph, weight, config, { x, attend: withinRows(graph, config, bias) });
  const head = crossEntropyInChunks(graph, config, hidden, {
    head: weight(headWeight(config)),
    labels: graph.input('labels', 'int64', [N]),
    weights: graph.input('weights', 'float32', [N]),
  });
  graph.output(head.loss, 'loss');
  const gradients = new Map<string, GradientPart>();
  if (gradientsAre === 'none') return { graph: graph.encode(), gradients };

  const moving = [...parameters].filter(([name]) => name !== headWeight(config));
  const [toX, ...rest] = pullBack(graph, { value: hidden, gradient: head.hiddenGradient() }, [
    x,
    ...moving.map(([, value]) => value),
  ]);
  graph.output(toX!, 'gradient.x');
  const add = (value: Value, part: GradientPart) => {
    const output = `gradient.${gradients.size}`;
    const sum = () => graph.input(sumInput(output), 'float32', part.dims);
    graph.output(gradientsAre === 'added' ? graph.op('Add', [sum(), value]) : value, output);
    gradients.set(output, part);
  };
  for (const [index, [name]] of moving.entries()) add(rest[index]!, { name, dims: shapes.get(name)! });
  const parts = headParts(config);
  for (const [index, value] of head.headGradient(parts.map(({ size }) => size)).entries()) {
    const { from, size } = parts[index]!;
    add(value, { name: headWeight(config), dims: [size, config.n_embd], from: from * config.n_embd });
  }
  return { graph: graph.encode(), gradients };
}
