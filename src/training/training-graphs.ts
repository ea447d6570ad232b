/** The graphs that a training step runs: loss with accumulated gradients, loss alone, and AdamW's update. */
import type { Gpt2Config } from '../model/gpt2-config.ts';
import { headWeight, hiddenStates, parameterShapes } from '../model/gpt2-graph.ts';
import { addGradients } from '../onnx/gradients.ts';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';

export interface BatchShape {
  readonly batch: number;
  /** Tokens a row. */
  readonly length: number;
}

export interface AdamW {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** Rows of logits that are alive at once: [256, V] floats are 8 MB at V = 8,192, and stay in the cache. */
const ROWS_AT_ONCE = 256;

/**
 * Inputs: `input_ids` and `labels` int64 [B, T], `weights` float32 [B, T] (what each position's loss counts), every
 * parameter by its name. Output: `loss`, the weighted sum of negative log-likelihoods in nats. With `gradients`, also an
 * input `sum.<name>` and an output `gradient.<name>` for every parameter: the sum plus this batch's gradient.
 */
export function lossGraph(
  config: Gpt2Config,
  { batch, length }: BatchShape,
  { gradients }: { gradients: boolean },
): Uint8Array {
  const graph = new GraphBuilder();
  const inputIds = graph.input('input_ids', 'int64', [batch, length]);
  const labels = graph.input('labels', 'int64', [batch, length]);
  const weights = graph.input('weights', 'float32', [batch, length]);
  const parameters = new Map(
    [...parameterShapes(config)].map(([name, shape]) => [name, graph.input(name, 'float32', shape)]),
  );
  const parameter = (name: string): Value => {
    const value = parameters.get(name);
    if (!value) throw new Error(`GPT-2 has no parameter ${name}`);
    return value;
  };

  const hidden = hiddenStates(graph, parameter, config, inputIds);
  const loss = crossEntropy(graph, hidden, parameter(headWeight(config)), labels, weights, batch * length);
  graph.output(loss, 'loss');
  if (!gradients) return graph.encode();

  for (const [index, gradient] of addGradients(graph, loss, [...parameters.values()]).entries()) {
    const name = [...parameters.keys()][index] ?? '';
    const sum = graph.input(`sum.${name}`, 'float32', gradient.shape);
    graph.output(graph.op('Add', [sum, gradient]), `gradient.${name}`);
  }
  return graph.encode();
}

/** Σ weight · -log softmax(hidden · headᵀ)[label], a few rows at a time so that the logits never exist as a whole. */
function crossEntropy(
  graph: GraphBuilder,
  hidden: Value,
  head: Value,
  labels: Value,
  weights: Value,
  rows: number,
): Value {
  const int64 = (...elements: number[]) => graph.constant(elements, 'int64');
  const sizes = Array.from({ length: Math.ceil(rows / ROWS_AT_ONCE) }, (_, i) =>
    Math.min(ROWS_AT_ONCE, rows - i * ROWS_AT_ONCE),
  );
  const chunks = (value: Value) => graph.add('Split', [value, int64(...sizes)], { axis: 0 });
  const flat = (value: Value) => graph.op('Reshape', [value, int64(-1)]);
  const [states, targets, counts] = [chunks(hidden), chunks(flat(labels)), chunks(flat(weights))];

  return states
    .map((state, index) => {
      const logits = graph.op('FusedMatMul', [state, head], { transB: 1 });
      const losses = graph.op('SoftmaxCrossEntropyLoss', [logits, targets[index] ?? null], { reduction: 'none' });
      return graph.op('ReduceSum', [graph.op('Mul', [losses, counts[index] ?? null])], { keepdims: 0 });
    })
    .reduce((sum, loss) => graph.op('Add', [sum, loss]));
}

/**
 * One step of AdamW (Loshchilov & Hutter, arXiv 1711.05101) for every parameter. Inputs: `rate`, `gradientScale` (what
 * clipping and averaging multiply the summed gradient by), `correction1` and `correction2` (1 / (1 - βᵗ)), and of every
 * parameter `<name>`, `gradient.<name>`, `mean.<name>`, `variance.<name>`. Outputs: `next.<name>`, `next.mean.<name>`,
 * `next.variance.<name>`, which may be the inputs' own buffers: each is read once, elementwise. Matrices decay;
 * embeddings, norms and biases do not.
 */
export function updateGraph(config: Gpt2Config, { beta1, beta2, epsilon, weightDecay }: AdamW): Uint8Array {
  const graph = new GraphBuilder();
  const scalarInput = (name: string) => graph.input(name, 'float32', []);
  const [rate, gradientScale] = [scalarInput('rate'), scalarInput('gradientScale')];
  const [correction1, correction2] = [scalarInput('correction1'), scalarInput('correction2')];
  const mul = (a: Value, b: Value | number) => graph.op('Mul', [a, typeof b === 'number' ? graph.scalar(b) : b]);
  const add = (a: Value, b: Value) => graph.op('Add', [a, b]);
  const kept = graph.op('Sub', [graph.scalar(1), mul(rate, weightDecay)]);

  for (const [name, shape] of parameterShapes(config)) {
    const tensor = (prefix: string) => graph.input(`${prefix}${name}`, 'float32', shape);
    const parameter = tensor('');
    const gradient = mul(tensor('gradient.'), gradientScale);
    const mean = add(mul(tensor('mean.'), beta1), mul(gradient, 1 - beta1));
    const variance = add(mul(tensor('variance.'), beta2), mul(mul(gradient, gradient), 1 - beta2));
    const deviation = add(graph.op('Sqrt', [mul(variance, correction2)]), graph.scalar(epsilon));
    const step = graph.op('Div', [mul(mul(mean, correction1), rate), deviation]);
    const decays = shape.length === 2 && !name.startsWith('w');
    graph.output(graph.op('Sub', [decays ? mul(parameter, kept) : parameter, step]), `next.${name}`);
    graph.output(mean, `next.mean.${name}`);
    graph.output(variance, `next.variance.${name}`);
  }
  return graph.encode();
}
