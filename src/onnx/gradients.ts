/** Reverse-mode automatic differentiation: appends to a graph the nodes that compute a loss's gradients. */
import type { GraphBuilder, Node, Shape, Value } from './graph-builder.ts';
import { DATA_TYPE } from './model-proto.ts';
import { axisOf, reducedAxes } from './shape-inference.ts';

/** Gradients of the loss for each input, given those for each output; `undefined` is zero. */
type Rule = (
  graph: GraphBuilder,
  node: Node,
  outputGradients: readonly (Value | undefined)[],
) => readonly (Value | undefined)[];

/**
 * Appends the gradient of `loss` (a scalar) for each of `parameters`, in their order and with their shapes.
 *
 * @throws Error for an operator without a gradient rule on the way, or a parameter on which the loss does not depend.
 */
export function addGradients(graph: GraphBuilder, loss: Value, parameters: readonly Value[]): readonly Value[] {
  if (loss.shape.length !== 0) throw new Error(`A loss is a scalar, not [${loss.shape}]`);
  return pullBack(graph, { value: loss, gradient: graph.scalar(1) }, parameters);
}

/** `addGradients` where the loss is computed elsewhere, and only its gradient for one `value` of this graph is known. */
export function pullBack(
  graph: GraphBuilder,
  { value: last, gradient: given }: { readonly value: Value; readonly gradient: Value },
  parameters: readonly Value[],
): readonly Value[] {
  const forward = [...graph.nodes];
  const varying = new Set(parameters.map(({ name }) => name));
  for (const { inputs, outputs } of forward) {
    if (inputs.some((input) => input && varying.has(input.name))) for (const { name } of outputs) varying.add(name);
  }

  const gradients = new Map<string, Value>([[last.name, given]]);
  for (const node of forward.toReversed()) {
    const outputGradients = node.outputs.map(({ name }) => gradients.get(name));
    if (!outputGradients.some(Boolean) || !node.inputs.some((input) => input && varying.has(input.name))) continue;

    const rule = RULES[node.operator];
    if (!rule) throw new Error(`No gradient rule for operator ${node.operator}`);
    for (const [index, gradient] of rule(graph, node, outputGradients).entries()) {
      const input = node.inputs[index];
      if (!input || !gradient || !varying.has(input.name)) continue;
      const earlier = gradients.get(input.name);
      gradients.set(input.name, earlier ? graph.op('Add', [earlier, gradient]) : gradient);
    }
  }

  return parameters.map(({ name }) => {
    const gradient = gradients.get(name);
    if (!gradient) throw new Error(`The loss does not depend on ${name}`);
    return gradient;
  });
}

/** Sums a gradient over the axes along which its input was broadcast. */
function sumTo(graph: GraphBuilder, gradient: Value, shape: Shape): Value {
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((size, axis) => (axis < extra || shape[axis - extra] !== size ? [axis] : []));
  if (axes.length === 0) return gradient;

  const sum = graph.op('ReduceSum', [gradient, graph.constant(axes, 'int64')], { keepdims: 1 });
  return extra === 0 ? sum : reshapeTo(graph, sum, shape);
}

function reshapeTo(graph: GraphBuilder, value: Value, shape: Shape): Value {
  const named = shape.filter((size) => typeof size === 'string').length;
  if (named > 1) throw new Error(`Cannot reshape to [${shape}]: more than one dimension is known only at run time`);
  const dims = shape.map((size) => (typeof size === 'number' ? size : -1));
  return graph.op('Reshape', [value, graph.constant(dims, 'int64')]);
}

/** First input, first output and its gradient. A loss that also depends on a further output would get a wrong one. */
function parts(node: Node, gradients: readonly (Value | undefined)[]): { x: Value; y: Value; dy: Value } {
  if (gradients.slice(1).some(Boolean)) throw new Error(`Only the first output of ${node.operator} has a gradient`);
  const [x, y, dy] = [node.inputs[0], node.outputs[0], gradients[0]];
  if (!x || !y || !dy) throw new Error(`${node.operator} lacks an input, output or gradient`);
  return { x, y, dy };
}

function second(node: Node): Value {
  const value = node.inputs[1];
  if (!value) throw new Error(`${node.operator} lacks its second input`);
  return value;
}

const matMul: Rule = (graph, node, gradients) => {
  const { x: a, dy } = parts(node, gradients);
  const b = second(node);
  const { alpha = 1, transA = 0, transB = 0 } = node.attributes;
  const product = (left: Value, right: Value, transLeft: boolean, transRight: boolean) =>
    graph.op('FusedMatMul', [left, right], { alpha, transA: Number(transLeft), transB: Number(transRight) });
  const da = transA ? product(b, dy, transB === 1, true) : product(dy, b, false, transB !== 1);
  const db = transB ? product(dy, a, true, transA === 1) : product(a, dy, transA !== 1, false);
  return [sumTo(graph, da, a.shape), sumTo(graph, db, b.shape)];
};

/** Zeros of a shape that is known when the graph is built. */
function zeros(graph: GraphBuilder, shape: Shape): Value {
  return graph.op('Expand', [graph.scalar(0), graph.constant(shape.map(Number), 'int64')]);
}

const RULES: Record<string, Rule> = {
  MatMul: matMul,
  FusedMatMul: matMul,

  Add: (graph, node, gradients) => {
    const { x, dy } = parts(node, gradients);
    return [sumTo(graph, dy, x.shape), sumTo(graph, dy, second(node).shape)];
  },

  Sub: (graph, node, gradients) => {
    const { x, dy } = parts(node, gradients);
    return [sumTo(graph, dy, x.shape), sumTo(graph, graph.op('Neg', [dy]), second(node).shape)];
  },

  Mul: (graph, node, gradients) => {
    const { x: a, dy } = parts(node, gradients);
    const b = second(node);
    return [sumTo(graph, graph.op('Mul', [dy, b]), a.shape), sumTo(graph, graph.op('Mul', [dy, a]), b.shape)];
  },

  /** d(a/b) = da/b - (a/b) db/b. */
  Div: (graph, node, gradients) => {
    const { x: a, y, dy } = parts(node, gradients);
    const b = second(node);
    const da = graph.op('Div', [dy, b]);
    return [sumTo(graph, da, a.shape), sumTo(graph, graph.op('Neg', [graph.op('Mul', [da, y])]), b.shape)];
  },

  Neg: (graph, node, gradients) => [graph.op('Neg', [parts(node, gradients).dy])],

  Exp: (graph, node, gradients) => {
    const { y, dy } = parts(node, gradients);
    return [graph.op('Mul', [dy, y])];
  },

  Log: (graph, node, gradients) => {
    const { x, dy } = parts(node, gradients);
    return [graph.op('Div', [dy, x])];
  },

  Sqrt: (graph, node, gradients) => {
    const { y, dy } = parts(node, gradients);
    return [graph.op('Div', [graph.op('Mul', [dy, graph.scalar(0.5)]), y])];
  },

  Tanh: (graph, node, gradients) => {
    const { y, dy } = parts(node, gradients);
    return [graph.op('Mul', [dy, graph.op('Sub', [graph.scalar(1), graph.op('Mul', [y, y])])])];
  },

  /**
   * gelu(x) = x s with s = sigmoid(u), u = 2√(2/π) (x + 0.044715 x³), as GPT-2 has it (arXiv 1606.08415), so the slope is
   * s + x s' = s + (y - y s) du/dx. Every step here is a pass over memory, so there are as few as can be.
   */
  Gelu: (graph, node, gradients) => {
    const { x, y, dy } = parts(node, gradients);
    if (node.attributes.approximate !== 'tanh') throw new Error('Only the Gelu with approximate tanh has a gradient');
    const linear = 2 * Math.sqrt(2 / Math.PI);
    const square = graph.op('Mul', [x, x]);
    const polynomial = (cubic: number) =>
      graph.op('Add', [graph.op('Mul', [square, graph.scalar(cubic)]), graph.scalar(linear)]);
    const s = graph.op('Sigmoid', [graph.op('Mul', [x, polynomial(linear * 0.044715)])]);
    const rest = graph.op('Sub', [y, graph.op('Mul', [y, s])]);
    const slope = graph.op('Add', [s, graph.op('Mul', [rest, polynomial(linear * 0.044715 * 3)])]);
    return [graph.op('Mul', [dy, slope])];
  },

  /** dx = y (dy - Σ dy y), the sum along the softmax's axis. */
  Softmax: (graph, node, gradients) => {
    const { y, dy } = parts(node, gradients);
    const weighted = graph.op('Mul', [dy, y]);
    const axis = graph.constant([axisOf(node.attributes.axis, y.shape.length)], 'int64');
    const sum = graph.op('ReduceSum', [weighted, axis], { keepdims: 1 });
    return [graph.op('Sub', [weighted, graph.op('Mul', [y, sum])])];
  },

  /** With x̂ = (x - mean) r and g = dy·scale: dx = r (g - mean(g) - x̂ mean(g x̂)). */
  LayerNormalization: (graph, node, gradients) => {
    const { x, dy } = parts(node, gradients);
    const scale = second(node);
    const [, mean, inverseDeviation] = node.outputs;
    if (!mean || !inverseDeviation) throw new Error('LayerNormalization lacks its statistics');
    const axis = axisOf(node.attributes.axis, x.shape.length);
    if (axis !== x.shape.length - 1) throw new Error('LayerNormalization has a gradient along the last axis only');
    const last = graph.constant([axis], 'int64');
    const average = (value: Value) => graph.op('ReduceMean', [value, last], { keepdims: 1 });

    const normalised = graph.op('Mul', [graph.op('Sub', [x, mean]), inverseDeviation]);
    const g = graph.op('Mul', [dy, scale]);
    const centred = graph.op('Sub', [g, average(g)]);
    const along = graph.op('Mul', [normalised, average(graph.op('Mul', [g, normalised]))]);
    return [
      graph.op('Mul', [graph.op('Sub', [centred, along]), inverseDeviation]),
      sumTo(graph, graph.op('Mul', [dy, normalised]), scale.shape),
      sumTo(graph, dy, scale.shape),
    ];
  },

  ReduceSum: (graph, node, gradients) => {
    const { x, dy } = parts(node, gradients);
    return [spread(graph, node, dy, x.shape)];
  },

  ReduceMean: (graph, node, gradients) => {
    const { x, y, dy } = parts(node, gradients);
    const count = x.shape.map(Number).reduce((a, b) => a * b, 1) / y.shape.map(Number).reduce((a, b) => a * b, 1);
    return [spread(graph, node, graph.op('Mul', [dy, graph.scalar(1 / count)]), x.shape)];
  },

  Identity: (_graph, node, gradients) => [parts(node, gradients).dy],

  /** Between floating-point types only: the gradient is cast back. */
  Cast: (graph, node, gradients) => {
    const { x, dy } = parts(node, gradients);
    return [graph.op('Cast', [dy], { to: DATA_TYPE[x.dtype] })];
  },

  Reshape: (graph, node, gradients) => {
    const { x, dy } = parts(node, gradients);
    return [reshapeTo(graph, dy, x.shape)];
  },

  Expand: (graph, node, gradients) => {
    const { x, dy } = parts(node, gradients);
    return [sumTo(graph, dy, x.shape)];
  },

  Transpose: (graph, node, gradients) => {
    const { dy } = parts(node, gradients);
    const { perm } = node.attributes;
    if (!Array.isArray(perm)) throw new Error('Transpose needs perm');
    return [graph.op('Transpose', [dy], { perm: perm.map((_, axis) => perm.indexOf(axis)) })];
  },

  Split: (graph, node, gradients) => {
    const present = node.outputs.map((output, index) => gradients[index] ?? zeros(graph, output.shape));
    return [graph.op('Concat', present, { axis: axisOf(node.attributes.axis, node.outputs[0]?.shape.length ?? 0, 0) })];
  },

  Concat: (graph, node, gradients) => {
    const { dy } = parts(node, gradients);
    const axis = axisOf(node.attributes.axis, dy.shape.length);
    const sizes = node.inputs.map((input) => Number(input?.shape[axis]));
    return graph.add('Split', [dy, graph.constant(sizes, 'int64')], { axis });
  },

  /** Along axis 0: the rows that were taken get their gradients back, added up where one was taken twice. */
  Gather: (graph, node, gradients) => {
    const { x, dy } = parts(node, gradients);
    if (axisOf(node.attributes.axis, x.shape.length, 0) !== 0)
      throw new Error('Gather has a gradient along axis 0 only');
    const indices = second(node);
    const width = x.shape.slice(1).map(Number);
    const rows = graph.op('Reshape', [indices, graph.constant([-1, ...width.map(() => 1)], 'int64')]);
    const expanded = graph.op('Expand', [rows, graph.constant([1, ...width], 'int64')]);
    const updates = graph.op('Reshape', [dy, graph.constant([-1, ...width], 'int64')]);
    return [graph.op('ScatterElements', [zeros(graph, x.shape), expanded, updates], { axis: 0, reduction: 'add' })];
  },

  GatherElements: (graph, node, gradients) => {
    const { x, dy } = parts(node, gradients);
    const axis = axisOf(node.attributes.axis, x.shape.length, 0);
    return [graph.op('ScatterElements', [zeros(graph, x.shape), second(node), dy], { axis, reduction: 'add' })];
  },

  /** One loss a row (`reduction: none`), logits [N, V]: d logits = (softmax - one-hot) · dy. */
  SoftmaxCrossEntropyLoss: (graph, node, gradients) => {
    const { x: logits, dy } = parts(node, gradients);
    const logProbabilities = node.outputs[1];
    const { reduction, ignore_index: ignored } = node.attributes;
    if (reduction !== 'none' || ignored !== undefined || node.inputs.length > 2 || !logProbabilities)
      throw new Error('SoftmaxCrossEntropyLoss has a gradient with reduction none, without weights or ignore_index');
    const column = graph.constant([-1, 1], 'int64');
    const labels = graph.op('Reshape', [second(node), column]);
    const ones = graph.constant(
      Array.from({ length: Number(logits.shape[0]) }, () => -1),
      'float32',
      [Number(logits.shape[0]), 1],
    );
    const softmax = graph.op('Exp', [logProbabilities]);
    const residual = graph.op('ScatterElements', [softmax, labels, ones], { axis: 1, reduction: 'add' });
    return [graph.op('Mul', [residual, graph.op('Reshape', [dy, column])])];
  },
};

/** The operators that a loss may depend on its parameters through. */
export const DIFFERENTIABLE: readonly string[] = Object.keys(RULES);

/** The gradient of a reduction: one value for all that were reduced. */
function spread(graph: GraphBuilder, node: Node, dy: Value, shape: Shape): Value {
  const axes = reducedAxes(node.inputs, shape.length);
  const kept = reshapeTo(
    graph,
    dy,
    shape.map((size, axis) => (axes.has(axis) ? 1 : size)),
  );
  return graph.op('Expand', [kept, graph.constant(shape.map(Number), 'int64')]);
}
