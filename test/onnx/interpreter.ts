/** A float64 reference for the operators of our graphs: slow, plain, written from ONNX's definitions (https://onnx.ai/onnx/operators). */
import type { Attributes, Node, Value } from '../../src/onnx/graph-builder.ts';

/** Row-major; integers are held as doubles, which is exact below 2^53. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}
type Index = readonly number[];
type Operator = (inputs: readonly Tensor[], attributes: Attributes) => readonly Tensor[];

/** Every value that the nodes compute, by name. `feeds` holds the inputs; constants are taken from the nodes. */
export function evaluate(nodes: readonly Node[], feeds: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  const values = new Map(feeds);
  for (const { operator, inputs, outputs, attributes } of nodes) {
    const run = OPERATORS[operator];
    if (!run) throw new Error(`The interpreter lacks operator ${operator}`);
    const present = inputs.filter((input) => input !== null);
    const results = run(
      present.map((input) => tensorOf(input, values)),
      attributes,
    );
    for (const [index, { name }] of outputs.entries()) values.set(name, results[index]!);
  }
  return values;
}

/** A constant's tensor, or the one computed under the value's name. */
export function tensorOf(value: Value, values: ReadonlyMap<string, Tensor>): Tensor {
  if (value.elements) return { shape: value.shape.map(Number), data: Float64Array.from(value.elements) };
  const tensor = values.get(value.name);
  if (!tensor) throw new Error(`Nothing was fed for ${value.name}`);
  return tensor;
}

function tensor(shape: readonly number[], element: (index: Index) => number): Tensor {
  const data = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let at = 0; at < data.length; at++) {
    data[at] = element(index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return { shape, data };
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** Reads with broadcasting: the index is aligned at its end, and a dimension of 1 is read at 0. */
function at({ shape, data }: Tensor, index: Index): number {
  const extra = index.length - shape.length;
  return data[shape.reduce((offset, size, axis) => offset * size + (size === 1 ? 0 : index[axis + extra]!), 0)]!;
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const size = (shape: readonly number[], axis: number) => shape[axis - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, axis) => (size(a, axis) === 1 ? size(b, axis) : size(a, axis)));
}

const axisIn = (shape: readonly number[], axis: unknown, fallback: number) => {
  const given = typeof axis === 'number' ? axis : fallback;
  return given < 0 ? given + shape.length : given;
};

const unary =
  (compute: (x: number) => number): Operator =>
  ([x]) => [tensor(x!.shape, (index) => compute(at(x!, index)))];

const binary =
  (compute: (a: number, b: number) => number): Operator =>
  ([a, b]) => [tensor(broadcast(a!.shape, b!.shape), (index) => compute(at(a!, index), at(b!, index)))];

const matMul: Operator = ([a, b], { alpha = 1, transA = 0, transB = 0 }) => {
  const size = (x: Tensor, axis: number, transposed: unknown) => x.shape.at(transposed ? -3 - axis : axis)!;
  const inner = size(a!, -1, transA);
  const batch = broadcast(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
  return [
    tensor([...batch, size(a!, -2, transA), size(b!, -1, transB)], (index) => {
      const [outer, row, column] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!];
      let total = 0;
      for (let k = 0; k < inner; k++) {
        total +=
          at(a!, [...outer, ...(transA ? [k, row] : [row, k])]) *
          at(b!, [...outer, ...(transB ? [column, k] : [k, column])]);
      }
      return total * Number(alpha);
    }),
  ];
};

const reduce =
  (combine: (values: readonly number[]) => number): Operator =>
  ([x, axes], { keepdims = 1 }) => {
    const named = axes?.data.length ? [...axes.data].map((axis) => axisIn(x!.shape, axis, 0)) : x!.shape.keys();
    const reduced = new Set(named);
    const kept = x!.shape.map((size, axis) => (reduced.has(axis) ? 1 : size));
    const groups = Array.from({ length: sizeOf(kept) }, (): number[] => []);
    tensor(x!.shape, (index) => {
      groups[kept.reduce((offset, size, axis) => offset * size + (size === 1 ? 0 : index[axis]!), 0)]!.push(
        at(x!, index),
      );
      return 0;
    });
    const shape = keepdims ? kept : kept.filter((_, axis) => !reduced.has(axis));
    return [{ shape, data: Float64Array.from(groups, combine) }];
  };

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const logSoftmax = (x: Tensor, axis: number): Tensor =>
  tensor(x.shape, (index) => {
    const row = Array.from({ length: x.shape[axis]! }, (_, other) => at(x, index.with(axis, other)));
    const max = Math.max(...row);
    return at(x, index) - max - Math.log(row.reduce((sum, value) => sum + Math.exp(value - max), 0));
  });

const reshape: Operator = ([x, wanted]) => {
  const sizes = [...wanted!.data].map((size, axis) => (size === 0 ? x!.shape[axis]! : size));
  const rest = x!.data.length / Math.abs(sizeOf(sizes));
  return [{ shape: sizes.map((size) => (size === -1 ? rest : size)), data: x!.data }];
};

const layerNormalization: Operator = ([x, scale, bias], { epsilon = 1e-5 }) => {
  const width = x!.shape.at(-1)!;
  const statistics = [...x!.shape.slice(0, -1), 1];
  const row = (index: Index) => Array.from({ length: width }, (_, column) => at(x!, index.with(-1, column)));
  const mean = tensor(statistics, (index) => row(index).reduce((sum, value) => sum + value, 0) / width);
  const inverseDeviation = tensor(statistics, (index) => {
    const variance = row(index).reduce((sum, value) => sum + (value - at(mean, index)) ** 2, 0) / width;
    return 1 / Math.sqrt(variance + Number(epsilon));
  });
  const normalised = (index: Index) => (at(x!, index) - at(mean, index)) * at(inverseDeviation, index);
  const y = tensor(x!.shape, (index) => normalised(index) * at(scale!, index) + (bias ? at(bias, index) : 0));
  return [y, mean, inverseDeviation];
};

const OPERATORS: Record<string, Operator> = {
  Add: binary((a, b) => a + b),
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: binary((a, b) => a / b),
  Pow: binary((a, b) => a ** b),
  Neg: unary((x) => -x),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Tanh: unary(Math.tanh),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Identity: unary((x) => x),
  Cast: unary((x) => x),
  Gelu: unary((x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))),
  MatMul: matMul,
  FusedMatMul: matMul,
  ReduceSum: reduce(sum),
  ReduceMean: reduce((values) => sum(values) / values.length),
  ReduceMax: reduce((values) => Math.max(...values)),
  Reshape: reshape,
  LayerNormalization: layerNormalization,

  LogSoftmax: ([x], { axis }) => [logSoftmax(x!, axisIn(x!.shape, axis, -1))],
  Softmax: ([x], { axis }) => {
    const { shape, data } = logSoftmax(x!, axisIn(x!.shape, axis, -1));
    return [{ shape, data: data.map(Math.exp) }];
  },

  Expand: ([x, shape]) => [tensor(broadcast(x!.shape, [...shape!.data]), (index) => at(x!, index))],

  Transpose: ([x], { perm }) => {
    const order = perm as readonly number[];
    const sizes = order.map((axis) => x!.shape[axis]!);
    return [
      tensor(sizes, (index) =>
        at(
          x!,
          order.map((_, axis) => index[order.indexOf(axis)]!),
        ),
      ),
    ];
  },

  Split: ([x, sizes], { axis = 0 }) => {
    const along = axisIn(x!.shape, axis, 0);
    let start = 0;
    return [...sizes!.data].map((size) => {
      const from = start;
      start += size;
      return tensor(x!.shape.with(along, size), (index) => at(x!, index.with(along, index[along]! + from)));
    });
  },

  Concat: (parts, { axis }) => {
    const along = axisIn(parts[0]!.shape, axis, 0);
    const total = parts.reduce((sum, part) => sum + part.shape[along]!, 0);
    return [
      tensor(parts[0]!.shape.with(along, total), (index) => {
        let place = index[along]!;
        let part = 0;
        while (place >= parts[part]!.shape[along]!) place -= parts[part++]!.shape[along]!;
        return at(parts[part]!, index.with(along, place));
      }),
    ];
  },

  Slice: ([x, starts, ends, axes]) => {
    const range = (axis: number) => {
      const [i, size] = [[...axes!.data].findIndex((given) => axisIn(x!.shape, given, 0) === axis), x!.shape[axis]!];
      const place = (given: number) => Math.min(size, Math.max(0, given < 0 ? given + size : given));
      return i === -1 ? [0, size] : [place(starts!.data[i]!), place(ends!.data[i]!)];
    };
    const ranges = x!.shape.map((_, axis) => range(axis));
    const sizes = ranges.map(([start, end]) => end! - start!);
    return [
      tensor(sizes, (index) =>
        at(
          x!,
          index.map((place, axis) => place + ranges[axis]![0]!),
        ),
      ),
    ];
  },

  Gather: ([data, indices], { axis }) => {
    const [along, rank] = [axisIn(data!.shape, axis, 0), indices!.shape.length];
    const sizes = [...data!.shape.slice(0, along), ...indices!.shape, ...data!.shape.slice(along + 1)];
    return [
      tensor(sizes, (index) => {
        const place = axisPlace(at(indices!, index.slice(along, along + rank)), data!.shape[along]!);
        return at(data!, [...index.slice(0, along), place, ...index.slice(along + rank)]);
      }),
    ];
  },

  GatherElements: ([data, indices], { axis }) => {
    const along = axisIn(data!.shape, axis, 0);
    return [
      tensor(indices!.shape, (index) =>
        at(data!, index.with(along, axisPlace(at(indices!, index), data!.shape[along]!))),
      ),
    ];
  },

  /** Reductions none and add. */
  ScatterElements: ([data, indices, updates], { axis, reduction }) => {
    const along = axisIn(data!.shape, axis, 0);
    const result = Float64Array.from(data!.data);
    tensor(indices!.shape, (index) => {
      const target = index.with(along, axisPlace(at(indices!, index), data!.shape[along]!));
      const place = target.reduce((offset, place, axis) => offset * data!.shape[axis]! + place, 0);
      result[place] = (reduction === 'add' ? result[place]! : 0) + at(updates!, index);
      return 0;
    });
    return [{ shape: data!.shape, data: result }];
  },

  /** Of a ratio of 0 alone: any other leaves it to chance. */
  Dropout: ([x]) => [x!, { shape: x!.shape, data: x!.data.map(() => 1) }],

  /** `reduction: none` over [N, V] alone. */
  SoftmaxCrossEntropyLoss: ([logits, labels]) => {
    const logProbabilities = logSoftmax(logits!, 1);
    return [tensor(labels!.shape, ([row]) => -at(logProbabilities, [row!, at(labels!, [row!])])), logProbabilities];
  },
};

/** A negative index counts from the end. */
function axisPlace(index: number, size: number): number {
  return index < 0 ? index + size : index;
}
