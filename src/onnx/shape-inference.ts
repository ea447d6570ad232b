/** Types and shapes of an operator's outputs, for the operators that our graphs use. Semantics: https://onnx.ai/onnx/operators/ */
import type { Attributes, Dimension, Shape, TensorType, Value } from './graph-builder.ts';
import { DATA_TYPE, type DataType } from './model-proto.ts';

type Inputs = readonly (Value | null)[];
type Rule = (inputs: Inputs, attributes: Attributes) => readonly TensorType[];

/** @throws Error for an operator without a rule, or shapes that do not fit it: both are bugs of the graph's author. */
export function inferTypes(operator: string, inputs: Inputs, attributes: Attributes): readonly TensorType[] {
  const rule = RULES[operator];
  if (!rule) throw new Error(`No shape rule for operator ${operator}`);
  return rule(inputs, attributes);
}

/** Numpy's multidirectional broadcasting; a named dimension equals itself, and 1 yields to it. */
export function broadcast(a: Shape, b: Shape): Shape {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, index, rank = Math.max(a.length, b.length)) => {
    const left = a[index - rank + a.length] ?? 1;
    const right = b[index - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw new Error(`Shapes [${a}] and [${b}] do not broadcast`);
  });
}

/** A negative axis counts from the end. */
export function axisOf(axis: unknown, rank: number, fallback = -1): number {
  const given = typeof axis === 'number' ? axis : fallback;
  return given < 0 ? given + rank : given;
}

function required(inputs: Inputs, index: number): Value {
  const value = inputs[index];
  if (!value) throw new Error(`Input ${index} is missing`);
  return value;
}

function elementsOf(inputs: Inputs, index: number): readonly number[] {
  const { elements, name } = required(inputs, index);
  if (!elements) throw new Error(`${name} must be a constant: the output's shape depends on it`);
  return elements;
}

const sameAsFirst: Rule = (inputs) => [{ dtype: required(inputs, 0).dtype, shape: required(inputs, 0).shape }];

const elementwise: Rule = (inputs) => {
  const [a, b] = [required(inputs, 0), required(inputs, 1)];
  return [{ dtype: a.dtype, shape: broadcast(a.shape, b.shape) }];
};

const matMul: Rule = (inputs, { transA = 0, transB = 0 }) => {
  const [a, b] = [required(inputs, 0), required(inputs, 1)];
  const [rows, inner] = lastTwo(a.shape, transA === 1);
  const [innerB, columns] = lastTwo(b.shape, transB === 1);
  if (inner !== innerB) throw new Error(`MatMul of [${a.shape}] and [${b.shape}]: ${inner} is not ${innerB}`);
  return [{ dtype: a.dtype, shape: [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns] }];
};

function lastTwo(shape: Shape, transposed: boolean): [Dimension, Dimension] {
  const [a, b] = shape.slice(-2);
  if (a === undefined || b === undefined) throw new Error(`A matrix needs two dimensions, not [${shape}]`);
  return transposed ? [b, a] : [a, b];
}

const reduce: Rule = (inputs, { keepdims = 1 }) => {
  const { dtype, shape } = required(inputs, 0);
  const axes = reducedAxes(inputs, shape.length);
  const kept = shape.map((size, axis) => (axes.has(axis) ? 1 : size));
  return [{ dtype, shape: keepdims ? kept : kept.filter((_, axis) => !axes.has(axis)) }];
};

/** The axes that a reduction's second input names; all of them where it names none. */
export function reducedAxes(inputs: Inputs, rank: number): ReadonlySet<number> {
  const named = inputs[1] ? elementsOf(inputs, 1) : [];
  return new Set(
    named.length ? named.map((axis) => axisOf(axis, rank)) : Array.from({ length: rank }, (_, axis) => axis),
  );
}

/** `0` copies the input's dimension, `-1` is what is left: a number, or a product like `batch*16`. */
const reshape: Rule = (inputs) => {
  const { dtype, shape } = required(inputs, 0);
  const wanted = elementsOf(inputs, 1).map((size, axis) => (size === 0 ? (shape[axis] ?? 1) : size));
  const rest = wanted.indexOf(-1);
  if (rest === -1) return [{ dtype, shape: wanted }];

  const given = product(shape);
  const taken = product(wanted.toSpliced(rest, 1));
  const names = [...given.names];
  for (const name of taken.names) {
    if (!names.includes(name)) throw new Error(`Reshape of [${shape}] to [${wanted}]: ${name} is not in the input`);
    names.splice(names.indexOf(name), 1);
  }
  const size = given.size / taken.size;
  if (!Number.isInteger(size)) throw new Error(`Reshape of [${shape}] to [${wanted}]: ${size} is not a whole number`);
  const left = names.length === 0 ? size : [...names, ...(size === 1 ? [] : [size])].join('*');
  return [{ dtype, shape: wanted.with(rest, left) }];
};

/** The number of elements: the names among its factors, in order, and the rest as one number. */
function product(shape: Shape): { readonly names: readonly string[]; readonly size: number } {
  const factors = shape.flatMap((size) => (typeof size === 'string' ? size.split('*') : [String(size)]));
  return {
    names: factors.filter((factor) => !isNumeral(factor)).sort(),
    size: factors.filter(isNumeral).reduce((size, factor) => size * Number(factor), 1),
  };
}

const isNumeral = (factor: string) => /^\d+$/.test(factor);

const RULES: Record<string, Rule> = {
  Add: elementwise,
  Sub: elementwise,
  Mul: elementwise,
  Div: elementwise,
  Pow: elementwise,
  Neg: sameAsFirst,
  Exp: sameAsFirst,
  Log: sameAsFirst,
  Sqrt: sameAsFirst,
  Reciprocal: sameAsFirst,
  Tanh: sameAsFirst,
  Sigmoid: sameAsFirst,
  Gelu: sameAsFirst,
  Identity: sameAsFirst,
  Softmax: sameAsFirst,
  LogSoftmax: sameAsFirst,
  ScatterElements: sameAsFirst,
  MatMul: matMul,
  FusedMatMul: matMul,
  ReduceSum: reduce,
  ReduceMean: reduce,
  ReduceMax: reduce,
  Reshape: reshape,

  Cast: (inputs, { to }) => [{ dtype: dataTypeOf(to), shape: required(inputs, 0).shape }],

  Transpose: (inputs, { perm }) => {
    const { dtype, shape } = required(inputs, 0);
    if (!Array.isArray(perm)) throw new Error('Transpose needs perm');
    return [{ dtype, shape: perm.map((axis: number) => shape[axis] ?? 1) }];
  },

  Expand: (inputs) => [
    { dtype: required(inputs, 0).dtype, shape: broadcast(required(inputs, 0).shape, elementsOf(inputs, 1)) },
  ],

  Gather: (inputs, { axis }) => {
    const [data, indices] = [required(inputs, 0), required(inputs, 1)];
    const at = axisOf(axis, data.shape.length, 0);
    return [{ dtype: data.dtype, shape: [...data.shape.slice(0, at), ...indices.shape, ...data.shape.slice(at + 1)] }];
  },

  GatherElements: (inputs) => [{ dtype: required(inputs, 0).dtype, shape: required(inputs, 1).shape }],

  Concat: (inputs, { axis }) => {
    const parts = inputs.map((_, index) => required(inputs, index));
    const { dtype, shape } = required(inputs, 0);
    const at = axisOf(axis, shape.length);
    const sizes = parts.map((part) => part.shape[at] ?? 1);
    const total = sizes.every((size) => typeof size === 'number')
      ? sizes.reduce((sum, size) => sum + size, 0)
      : sizes.join('+');
    return [{ dtype, shape: shape.with(at, total) }];
  },

  Split: (inputs, { axis }) => {
    const { dtype, shape } = required(inputs, 0);
    const at = axisOf(axis, shape.length, 0);
    return elementsOf(inputs, 1).map((size) => ({ dtype, shape: shape.with(at, size) }));
  },

  /** Outputs: what is kept, scaled by 1 / (1 - ratio), and which elements were kept. */
  Dropout: (inputs) => {
    const { dtype, shape } = required(inputs, 0);
    return [
      { dtype, shape },
      { dtype: 'bool', shape },
    ];
  },

  /** Starts, ends and axes are constants, steps are 1. Along a named dimension the ends must be plain places in it. */
  Slice: (inputs) => {
    const { dtype, shape } = required(inputs, 0);
    const [starts, ends, axes] = [elementsOf(inputs, 1), elementsOf(inputs, 2), elementsOf(inputs, 3)];
    const sliced = [...shape];
    for (const [index, given] of axes.entries()) {
      const axis = axisOf(given, shape.length);
      const size = shape[axis];
      const place = (at = 0) => (typeof size !== 'number' ? at : Math.min(size, at < 0 ? Math.max(0, at + size) : at));
      sliced[axis] = Math.max(0, place(ends[index]) - place(starts[index]));
    }
    return [{ dtype, shape: sliced }];
  },

  /** Outputs: normalised, mean, inverse standard deviation (both with the normalised axis kept as 1). */
  LayerNormalization: (inputs, { axis }) => {
    const { dtype, shape } = required(inputs, 0);
    const at = axisOf(axis, shape.length);
    const statistics = shape.map((size, index) => (index < at ? size : 1));
    return [
      { dtype, shape },
      { dtype, shape: statistics },
      { dtype, shape: statistics },
    ];
  },

  /** Outputs: the loss (one a row with `reduction: none`) and the log-probabilities. */
  SoftmaxCrossEntropyLoss: (inputs, { reduction }) => {
    const [logits, labels] = [required(inputs, 0), required(inputs, 1)];
    return [
      { dtype: logits.dtype, shape: reduction === 'none' ? labels.shape : [] },
      { dtype: logits.dtype, shape: logits.shape },
    ];
  },
};

/** The operators that a graph may be built from. */
export const INFERRED: readonly string[] = Object.keys(RULES);

function dataTypeOf(to: unknown): DataType {
  const name = (Object.keys(DATA_TYPE) as DataType[]).find((key) => DATA_TYPE[key] === to);
  if (!name) throw new Error(`Cast to an unknown type ${to}`);
  return name;
}
