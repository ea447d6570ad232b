/** The graphs that a training step runs: loss with gradients, and loss alone. */
import type { Gpt2Config } from '../model/gpt2-config.ts';
import { headWeight, hiddenStates, parameterShapes } from '../model/gpt2-graph.ts';
import { addGradients } from '../onnx/gradients.ts';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import type { BatchShape } from './batch.ts';

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
  const positionIds = graph.input('position_ids', 'int64', [batch, length]);
  const attentionBias = graph.input('attention_bias', 'float32', [batch, 1, length, length]);
  const parameters = new Map(
    [...parameterShapes(config)].map(([name, shape]) => [name, graph.input(name, 'float32', shape)]),
  );
  const parameter = (name: string): Value => {
    const value = parameters.get(name);
    if (!value) throw new Error(`GPT-2 has no parameter ${name}`);
    return value;
  };

  const hidden = hiddenStates(graph, parameter, config, { inputIds, positionIds, attentionBias });
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
