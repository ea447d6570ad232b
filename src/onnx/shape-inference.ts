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
  const axes = new Set(
    inputs[1] ? elementsOf(inputs, 1).map((axis) => axisOf(axis, shape.length)) : shape.map((_, axis) => axis),
  );
  const kept = shape.map((size, axis) => (axes.has(axis) ? 1 : size));
  return [{ dtype, shape: keepdims ? kept : kept.filter((_, axis) => !axes.has(axis)) }];
};

/** `0` copies the input's dimension, `-1` is what is left; a left-over with names in it stays a name. */
const reshape: Rule = (inputs) => {
  const { dtype, shape } = required(inputs, 0);
  const wanted: Dimension[] = elementsOf(inputs, 1).map((size, axis) => (size === 0 ? (shape[axis] ?? 1) : size));
  const rest = wanted.indexOf(-1);
  if (rest === -1) return [{ dtype, shape: wanted }];

  const left = [...shape];
  let divisor = 1;
  wanted.forEach((size, axis) => {
    if (axis === rest) return;
    const same = left.indexOf(size);
    if (same !== -1) left.splice(same, 1);
    else if (typeof size === 'number') divisor *= size;
    else throw new Error(`Reshape of [${shape}] to [${wanted}]: ${size} is not in the input`);
  });
  const numbers =
    left.filter((size) => typeof size === 'number').reduce((product, size) => product * size, 1) / divisor;
  const names = left.filter((size) => typeof size === 'string');
  if (names.length === 0 && !Number.isInteger(numbers)) throw new Error(`Reshape of [${shape}] to [${wanted}]`);
  wanted[rest] = names.length === 0 ? numbers : [...names, ...(numbers === 1 ? [] : [numbers])].join('*');
  return [{ dtype, shape: wanted }];
};

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
  Gelu: sameAsFirst,
  Identity: sameAsFirst,
  Softmax: sameAsFirst,
  LogSoftmax: sameAsFirst,
  ScatterElements: sameAsFirst,
  MatMul: matMul,
  FusedMatMul: matMul,
  ReduceSum: reduce,
  ReduceMean: reduce,
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

  /** Starts, ends, axes are constants; steps are 1. */
  Slice: (inputs) => {
    const { dtype, shape } = required(inputs, 0);
    const [starts, ends, axes] = [elementsOf(inputs, 1), elementsOf(inputs, 2), elementsOf(inputs, 3)];
    return [
      {
        dtype,
        shape: axes.reduce((sizes, axis, i) => sizes.with(axis, (ends[i] ?? 0) - (starts[i] ?? 0)), [...shape]),
      },
    ];
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

function dataTypeOf(to: unknown): DataType {
  const name = (Object.keys(DATA_TYPE) as DataType[]).find((key) => DATA_TYPE[key] === to);
  if (!name) throw new Error(`Cast to an unknown type ${to}`);
  return name;
}
