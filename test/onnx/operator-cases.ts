/** Small graphs over each operator: shapes, broadcasts, axes and attributes as our networks use them, and beyond. */
import type { Attributes, GraphBuilder, Value } from '../../src/onnx/graph-builder.ts';
import { DATA_TYPE } from '../../src/onnx/model-proto.ts';

export interface Input {
  readonly shape: readonly number[];
  /** `index` is an int64 from -below to below - 1, `label` one from 0. */
  readonly kind: 'real' | 'positive' | 'index' | 'label';
  readonly below?: number;
}
export interface Case {
  readonly title: string;
  readonly inputs: readonly Input[];
  /** The values that the loss takes in. */
  readonly outputs: (graph: GraphBuilder, inputs: readonly Value[]) => readonly Value[];
}

const real = (...shape: number[]): Input => ({ shape, kind: 'real' });
const positive = (...shape: number[]): Input => ({ shape, kind: 'positive' });
const index = (below: number, ...shape: number[]): Input => ({ shape, kind: 'index', below });
const label = (below: number, ...shape: number[]): Input => ({ shape, kind: 'label', below });
const describe = (inputs: readonly Input[], attributes: Attributes = {}) =>
  [
    ...inputs.map(({ shape }) => `[${shape}]`),
    ...Object.entries(attributes).map(([key, value]) => `${key} ${value}`),
  ].join(' ');

/** The operator on its inputs alone; its first `outputs` outputs take part in the loss. */
function plain(operator: string, inputs: readonly Input[], attributes: Attributes = {}): Case {
  return {
    title: describe(inputs, attributes),
    inputs,
    outputs: (graph, values) => [graph.op(operator, values, attributes)],
  };
}

/** The operator on one real input and constants of int64. */
function withConstants(
  operator: string,
  shape: readonly number[],
  constants: readonly (readonly number[])[],
  attributes: Attributes = {},
): Case {
  return {
    title: `${describe([real(...shape)], attributes)} ${constants.map((elements) => `<${elements}>`).join(' ')}`,
    inputs: [real(...shape)],
    outputs: (graph, values) =>
      graph.add(operator, [...values, ...constants.map((elements) => graph.constant(elements, 'int64'))], attributes),
  };
}

const SHAPES = [[], [3], [2, 3], [2, 1, 4]];
const unary = (operator: string, input = real, attributes: Attributes = {}) =>
  SHAPES.map((shape) => plain(operator, [input(...shape)], attributes));

const PAIRS = [
  [[], []],
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[3], [2, 3]],
  [[2, 3], []],
  [[], [2, 3]],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [
    [2, 1],
    [2, 4],
  ],
  [[1], [1, 1, 2]],
];
const binary = (operator: string, right = real): readonly Case[] => [
  ...PAIRS.map(([a, b]) => plain(operator, [real(...a!), right(...b!)])),
  {
    title: 'of a value with itself',
    inputs: [right(2, 3)],
    outputs: (graph, [x]) => [graph.op(operator, [x!, x!])],
  },
];

const MATRICES = [
  { batchA: [], batchB: [] },
  { batchA: [3], batchB: [3] },
  { batchA: [2, 3], batchB: [2, 3] },
  { batchA: [3], batchB: [] },
  { batchA: [], batchB: [3] },
  { batchA: [2, 1], batchB: [3] },
  { batchA: [2, 1], batchB: [1, 3] },
];
const fusedMatMul = MATRICES.flatMap(({ batchA, batchB }) =>
  [0, 1].flatMap((transA) =>
    [0, 1].flatMap((transB) =>
      [1, 0.37].map((alpha) =>
        plain(
          'FusedMatMul',
          [real(...batchA, ...(transA ? [4, 2] : [2, 4])), real(...batchB, ...(transB ? [5, 4] : [4, 5]))],
          { alpha, transA, transB },
        ),
      ),
    ),
  ),
);

const reductions = (operator: string): readonly Case[] => [
  ...[0, 1].flatMap((keepdims) => [
    plain(operator, [real(2, 3)], { keepdims }),
    ...[[0], [-1], [1], [0, 2], [1, -1], [0, 1, 2]].map((axes) =>
      withConstants(operator, [2, 3, 4], [axes], { keepdims }),
    ),
  ]),
  plain(operator, [real(4)]),
  withConstants(operator, [3, 2], [[]]),
];

export const CASES: Readonly<Record<string, readonly Case[]>> = {
  MatMul: MATRICES.map(({ batchA, batchB }) => plain('MatMul', [real(...batchA, 2, 4), real(...batchB, 4, 5)])),
  FusedMatMul: fusedMatMul,
  Add: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  Div: binary('Div', positive),
  Neg: unary('Neg'),
  Exp: unary('Exp'),
  Log: unary('Log', positive),
  Sqrt: unary('Sqrt', positive),
  Tanh: unary('Tanh'),
  Gelu: unary('Gelu', real, { approximate: 'tanh' }),
  Identity: unary('Identity'),
  Softmax: [
    ...[[3], [2, 3], [2, 3, 4]].map((shape) => plain('Softmax', [real(...shape)], { axis: -1 })),
    plain('Softmax', [real(2, 3)]),
    ...[0, 1, 2].map((axis) => plain('Softmax', [real(2, 3, 4)], { axis })),
  ],
  LayerNormalization: [[4], [2, 4], [2, 3, 4]]
    .flatMap((shape) =>
      [
        { axis: -1, epsilon: 1e-5 },
        { axis: shape.length - 1, epsilon: 0.1 },
      ].map((attributes) => plain('LayerNormalization', [real(...shape), real(4), real(4)], attributes)),
    )
    .concat([plain('LayerNormalization', [real(2, 4), real(4)], { axis: -1 })]),
  ReduceSum: reductions('ReduceSum'),
  ReduceMean: reductions('ReduceMean'),
  Cast: [
    {
      title: 'to float64 and back',
      inputs: [real(2, 3)],
      outputs: (graph, [x]) => {
        const wide = graph.op('Cast', [x!], { to: DATA_TYPE.float64 });
        return [graph.op('Cast', [graph.op('Mul', [wide, wide])], { to: DATA_TYPE.float32 })];
      },
    },
  ],
  Reshape: [
    withConstants('Reshape', [2, 6], [[3, 4]]),
    withConstants('Reshape', [2, 6], [[0, 2, 3]]),
    withConstants('Reshape', [2, 3, 4], [[-1, 4]]),
    withConstants('Reshape', [2, 3, 4], [[-1]]),
    withConstants('Reshape', [2, 2, 3], [[2, -1, 2]]),
    withConstants('Reshape', [1, 1], [[]]),
  ],
  Expand: [
    withConstants('Expand', [3, 1], [[3, 4]]),
    withConstants('Expand', [], [[2, 3]]),
    withConstants('Expand', [2, 1], [[3, 1, 4]]),
    withConstants('Expand', [2, 3], [[1, 1]]),
  ],
  Transpose: [[0], [1, 0], [2, 0, 1], [0, 2, 1, 3]].map((perm) =>
    plain('Transpose', [real(...[2, 3, 4, 5].slice(0, perm.length))], { perm }),
  ),
  Split: [
    withConstants('Split', [5, 2], [[2, 3]]),
    withConstants('Split', [2, 6], [[1, 2, 3]], { axis: 1 }),
    withConstants('Split', [2, 6], [[4, 2]], { axis: -1 }),
    {
      title: 'with a part that the loss leaves out',
      inputs: [real(2, 6)],
      outputs: (graph, [x]) => {
        const [first, , third] = graph.add('Split', [x!, graph.constant([1, 2, 3], 'int64')], { axis: 1 });
        return [third!, first!];
      },
    },
  ],
  Concat: [
    plain('Concat', [real(2, 3), real(4, 3)], { axis: 0 }),
    plain('Concat', [real(2, 3), real(2, 1), real(2, 2)], { axis: -1 }),
    plain('Concat', [real(1, 2, 2), real(1, 3, 2)], { axis: 1 }),
  ],
  Gather: [
    plain('Gather', [real(3), index(3, 5)], { axis: 0 }),
    plain('Gather', [real(4, 3), index(4, 6)]),
    plain('Gather', [real(4, 3), index(4, 2, 3)], { axis: 0 }),
    plain('Gather', [real(4, 2, 3), index(4, 3)], { axis: 0 }),
    plain('Gather', [real(4, 3), label(4)], { axis: 0 }),
  ],
  GatherElements: [
    plain('GatherElements', [real(4), index(4, 6)], { axis: 0 }),
    plain('GatherElements', [real(3, 5), index(5, 3, 1)], { axis: 1 }),
    plain('GatherElements', [real(3, 5), index(5, 3, 2)], { axis: -1 }),
    plain('GatherElements', [real(3, 2), index(3, 4, 2)]),
  ],
  SoftmaxCrossEntropyLoss: [
    plain('SoftmaxCrossEntropyLoss', [real(4, 7), label(7, 4)], { reduction: 'none' }),
    plain('SoftmaxCrossEntropyLoss', [real(1, 3), label(3, 1)], { reduction: 'none' }),
  ],
};

/** Operators of which only the shapes are inferred. */
export const FORWARD_CASES: Readonly<Record<string, readonly Case[]>> = {
  Pow: [plain('Pow', [positive(2, 3), real(3)])],
  Reciprocal: unary('Reciprocal', positive),
  Sigmoid: unary('Sigmoid'),
  LogSoftmax: [plain('LogSoftmax', [real(2, 3)], { axis: 1 }), plain('LogSoftmax', [real(2, 3)])],
  Slice: [
    withConstants(
      'Slice',
      [4, 6],
      [
        [1, 2],
        [3, 6],
        [0, 1],
      ],
    ),
    withConstants('Slice', [4, 6], [[-2], [2 ** 31], [-1]]),
    withConstants('Slice', [4, 6], [[0], [-1], [1]]),
  ],
  ReduceMax: reductions('ReduceMax'),
  Dropout: [
    {
      title: 'that lets everything pass',
      inputs: [real(2, 3)],
      outputs: (graph, [x]) => graph.add('Dropout', [x!, graph.scalar(0), graph.scalar(1, 'bool')], { seed: 1 }),
    },
  ],
  ScatterElements: [
    plain('ScatterElements', [real(4, 3), index(4, 2, 3), real(2, 3)], { axis: 0, reduction: 'add' }),
    plain('ScatterElements', [real(4, 3), label(3, 4, 1), real(4, 1)], { axis: 1, reduction: 'add' }),
    plain('ScatterElements', [real(4, 3), label(3, 4, 1), real(4, 1)], { axis: 1 }),
  ],
};
