import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder, type Shape, type Value } from '../../src/onnx/graph-builder.ts';
import { INFERRED } from '../../src/onnx/shape-inference.ts';
import { evaluate, type Tensor, tensorOf } from './interpreter.ts';
import { CASES, type Case, FORWARD_CASES } from './operator-cases.ts';
import { largestError, randomTensor } from './random-tensor.ts';
import { runGraph } from './run-graph.ts';

const ALL_CASES = { ...CASES, ...FORWARD_CASES };

test('every operator with a shape rule is checked here', () => {
  assert.deepEqual(Object.keys(ALL_CASES).sort(), [...INFERRED].sort());
});

for (const [operator, cases] of Object.entries(ALL_CASES)) {
  test(`${operator} has the inferred shape and the same values on paper and in onnxruntime`, async () => {
    for (const [seed, given] of cases.entries()) {
      const { graph, inputs, values, feeds } = forwardOf(given, seed + 1);

      const exact = evaluate(graph.nodes, feeds);
      const results = await runGraph(graph, inputs, values, feeds);

      for (const [index, value] of values.entries()) {
        assert.deepEqual(tensorOf(value, exact).shape, value.shape, `${operator} ${given.title}`);
        const error = largestError(results[index]!, tensorOf(value, exact));
        assert.ok(error <= 1e-4, `${operator} ${given.title}: onnxruntime is ${error} off for ${value.name}`);
      }
    }
  });
}

test('a dimension that only a run decides keeps its name through what a network does to it', () => {
  const graph = new GraphBuilder();
  const ids = graph.input('ids', 'int64', ['batch', 16]);
  const table = graph.input('table', 'float32', [50, 12]);
  const reshape = (value: Value, ...dims: number[]) => graph.op('Reshape', [value, graph.constant(dims, 'int64')]);
  const shapeOf = ({ shape }: Value): Shape => shape;

  const flat = reshape(ids, -1);
  const rows = graph.op('Gather', [table, flat]);
  const heads = graph.op('Transpose', [reshape(rows, -1, 16, 3, 4)], { perm: [0, 2, 1, 3] });
  const scores = graph.op('FusedMatMul', [heads, heads], { transB: 1 });

  assert.deepEqual(shapeOf(flat), ['batch*16']);
  assert.deepEqual(shapeOf(rows), ['batch*16', 12]);
  assert.deepEqual(shapeOf(heads), ['batch', 3, 16, 4]);
  assert.deepEqual(shapeOf(scores), ['batch', 3, 16, 16]);
  assert.deepEqual(shapeOf(graph.op('Add', [rows, reshape(heads, -1, 12)])), ['batch*16', 12]);
  assert.deepEqual(shapeOf(graph.op('Concat', [ids, ids], { axis: 0 })), ['batch+batch', 16]);
  assert.throws(() => reshape(rows, -1, 7), /Reshape of \[batch\*16,12\] to \[-1,7\]/);
});

test('shapes that do not fit are refused where the graph is built', () => {
  const graph = new GraphBuilder();
  const a = graph.input('a', 'float32', [2, 3]);
  const b = graph.input('b', 'float32', [4, 5]);

  assert.throws(() => graph.op('MatMul', [a, b]), /MatMul of \[2,3\] and \[4,5\]: 3 is not 4/);
  assert.throws(() => graph.op('Add', [a, b]), /Shapes \[2,3\] and \[4,5\] do not broadcast/);
  assert.throws(() => graph.op('Conv', [a, b]), /No shape rule for operator Conv/);
  assert.throws(() => graph.op('Reshape', [a, b]), /b must be a constant/);
});

/** The case's graph, with every value that it computes. */
function forwardOf({ inputs: specifications, outputs }: Case, seed: number) {
  const graph = new GraphBuilder();
  const inputs = specifications.map(({ kind, shape }, index) =>
    graph.input(`input_${index}`, kind === 'index' || kind === 'label' ? 'int64' : 'float32', shape),
  );
  const feeds = new Map<string, Tensor>(
    inputs.map(({ name }, index) => [name, randomTensor(specifications[index]!, seed * 100 + index)]),
  );
  outputs(graph, inputs);
  return { graph, inputs, values: graph.nodes.flatMap((node) => node.outputs), feeds };
}
