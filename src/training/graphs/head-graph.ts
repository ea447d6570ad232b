/** From the last layer's output to the loss, and back: the final norm and the loss over the whole vocabulary. */
import type { Gpt2Config } from '../../model/gpt2-config.ts';
import { norm } from '../../model/gpt2-graph.ts';
import { pullBack } from '../../onnx/gradients.ts';
import { GraphBuilder, type Value } from '../../onnx/graph-builder.ts';

export interface Targets {
  /** The matrix that turns hidden states into logits, [V, C]. */
  readonly head: Value;
  /** int64 [N] */
  readonly labels: Value;
  /** What each row counts in the loss, float32 [N]. */
  readonly weights: Value;
  /** What each row's logits are multiplied by, float32 [N]; nothing where it is left out. */
  readonly sharpness?: Value | undefined;
}

/**
 * Floats of logits that are alive at once. Fewer make more, smaller products over the vocabulary, each of which reads the whole
 * head, and where that moves adds up a gradient of its size.
 */
const LOGITS_AT_ONCE = 32 * 2 ** 20;

/** The smallest positive normal float: a probability that underflowed to 0 counts 87 nats, not infinitely many. */
const TINY = 2 ** -126;

/**
 * Rows of the head whose gradient is one product. A taller result leaves the cache between the passes that a product makes
 * over it: all 50,257 rows at once take half as long again.
 */
const HEAD_ROWS_AT_ONCE = 768;

export function headParts({ vocab_size }: Gpt2Config): readonly { readonly from: number; readonly size: number }[] {
  return Array.from({ length: Math.ceil(vocab_size / HEAD_ROWS_AT_ONCE) }, (_, index) => {
    const from = index * HEAD_ROWS_AT_ONCE;
    return { from, size: Math.min(HEAD_ROWS_AT_ONCE, vocab_size - from) };
  });
}

/** How many of N rows of hidden states go through the head at once: equal parts, the last of which may be padded. */
export function rowsAtOnce(rows: number, { vocab_size }: Gpt2Config): number {
  const parts = Math.ceil((rows * vocab_size) / LOGITS_AT_ONCE);
  return Math.ceil(rows / parts);
}

/** Σ weight · -log softmax(sharpness · hidden · headᵀ)[label] over rows of hidden states [N, C], a scalar in nats, and its gradients. */
export function crossEntropy(graph: GraphBuilder, plain: Value, { head, labels, weights, sharpness }: Targets) {
  const column = (value: Value) => graph.op('Reshape', [value, graph.constant([-1, 1], 'int64')]);
  const [label, weight] = [column(labels), column(weights)];
  const sharp = sharpness && column(sharpness);
  // Narrow rows are multiplied instead of the logits.
  const hidden = sharp ? graph.op('Mul', [plain, sharp]) : plain;
  const logits = graph.op('FusedMatMul', [hidden, head], { transB: 1 });
  const probabilities = graph.op('Softmax', [logits], { axis: -1 }); // [N, V]
  const likelihood = graph.op('GatherElements', [probabilities, label], { axis: 1 }); // [N, 1]
  const surprise = graph.op('Neg', [graph.op('Log', [graph.op('Add', [likelihood, graph.scalar(TINY)])])]);
  const loss = graph.op('ReduceSum', [graph.op('Mul', [surprise, weight])], { keepdims: 0 });

  // Softmax less one-hot, written over the softmax. The rows' weights are multiplied in where rows are narrow.
  const less = graph.op('Sub', [likelihood, graph.scalar(1)]);
  const residual = graph.op('ScatterElements', [probabilities, label, less], { axis: 1 });
  return {
    loss,
    /** [N, C] */
    hiddenGradient: () =>
      graph.op('Mul', [graph.op('FusedMatMul', [residual, head]), sharp ? graph.op('Mul', [weight, sharp]) : weight]),
    /** [V, C], in parts of as many rows as `sizes` says. */
    headGradient: (sizes: readonly number[]) => {
      const weighted = graph.op('Mul', [hidden, weight]);
      const parts = graph.add('Split', [residual, graph.constant(sizes, 'int64')], { axis: 1 });
      return parts.map((part) => graph.op('FusedMatMul', [part, weighted], { transA: 1 }));
    },
  };
}

/** `crossEntropy` of many rows, a part of them after another, so that the logits of all never exist at once. */
export function crossEntropyInChunks(graph: GraphBuilder, config: Gpt2Config, hidden: Value, targets: Targets) {
  const rows = Number(hidden.shape[0]);
  const atOnce = rowsAtOnce(rows, config);
  const sizes = Array.from({ length: Math.ceil(rows / atOnce) }, (_, part) => Math.min(atOnce, rows - part * atOnce));
  const chunks = (value: Value) => graph.add('Split', [value, graph.constant(sizes, 'int64')], { axis: 0 });
  const [labels, weights] = [chunks(targets.labels), chunks(targets.weights)];
  const sharpness = targets.sharpness && chunks(targets.sharpness);
  const parts = chunks(hidden).map((part, index) =>
    crossEntropy(graph, part, {
      head: targets.head,
      labels: labels[index]!,
      weights: weights[index]!,
      sharpness: sharpness?.[index],
    }),
  );
  const sum = (values: readonly Value[]) => values.reduce((total, value) => graph.op('Add', [total, value]));
  return {
    loss: sum(parts.map(({ loss }) => loss)),
    hiddenGradient: () =>
      graph.op(
        'Concat',
        parts.map(({ hiddenGradient }) => hiddenGradient()),
        { axis: 0 },
      ),
    headGradient: (headSizes: readonly number[]) => {
      const ofParts = parts.map(({ headGradient }) => headGradient(headSizes));
      return headSizes.map((_, index) => sum(ofParts.map((part) => part[index]!)));
    },
  };
}

/**
 * Inputs: `x` [rows, C], the last layer's output; `labels`, `weights` and `sharpness` [rows]; `head` [V, C]; `ln_f.weight` and
 * `ln_f.bias`. Outputs: `loss`, and with `gradients` also those for x, `gradient.x`; with `gradients: 'all'` those for the
 * parameters too.
 */
export function headGraph(config: Gpt2Config, rows: number, gradients: 'none' | 'x' | 'all'): Uint8Array {
  const { n_embd: C, vocab_size: V } = config;
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', [rows, C]);
  const head = graph.input('head', 'float32', [V, C]);
  const parameters = ['ln_f.weight', 'ln_f.bias'].map((name) => graph.input(name, 'float32', [C]));
  const weights = (name: string) => parameters.find((parameter) => parameter.name === name)!;
  const hidden = norm(graph, weights, config, x, 'ln_f');
  const { loss, hiddenGradient, headGradient } = crossEntropy(graph, hidden, {
    head,
    labels: graph.input('labels', 'int64', [rows]),
    weights: graph.input('weights', 'float32', [rows]),
    sharpness: graph.input('sharpness', 'float32', [rows]),
  });
  graph.output(loss, 'loss');
  if (gradients === 'none') return graph.encode();

  const wanted = gradients === 'all' ? [x, ...parameters] : [x];
  for (const [index, value] of pullBack(graph, { value: hidden, gradient: hiddenGradient() }, wanted).entries()) {
    graph.output(value, `gradient.${wanted[index]?.name}`);
  }
  if (gradients === 'x') return graph.encode();
  for (const [index, part] of headGradient(headParts(config).map(({ size }) => size)).entries()) {
    graph.output(part, `gradient.head.${index}`);
  }
  return graph.encode();
}
