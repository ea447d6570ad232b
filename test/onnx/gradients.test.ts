import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addGradients, DIFFERENTIABLE, pullBack } from '../../src/onnx/gradients.ts';
import { GraphBuilder, type Value } from '../../src/onnx/graph-builder.ts';
import { finiteDifferences } from './finite-differences.ts';
import { evaluate, type Tensor, tensorOf } from './interpreter.ts';
import { CASES, type Case, type Input } from './operator-cases.ts';
import { largestError, randomTensor } from './random-tensor.ts';
import { runGraph } from './run-graph.ts';

test('every operator with a gradient rule is checked here', () => {
  assert.deepEqual(Object.keys(CASES).sort(), [...DIFFERENTIABLE].sort());
});

for (const [operator, cases] of Object.entries(CASES)) {
  test(`the gradient of ${operator} is the slope of its loss, on paper and in onnxruntime`, async () => {
    for (const [seed, given] of cases.entries()) {
      const { graph, inputs, parameters, forward, loss, gradients, feeds } = lossOf(given, seed + 1);
      assert.ok(
        forward.some((node) => node.operator === operator),
        given.title,
      );

      const exact = evaluate(graph.nodes, feeds);
      for (const [index, parameter] of parameters.entries()) {
        const slope = finiteDifferences(forward, loss, parameter, feeds);
        const error = largestError(tensorOf(gradients[index]!, exact), slope);
        assert.ok(error <= 1e-6, `${operator} ${given.title}: ${error} off for ${parameter.name}`);
      }

      const results = await runGraph(graph, inputs, [loss, ...gradients], feeds);
      for (const [index, value] of [loss, ...gradients].entries()) {
        const error = largestError(results[index]!, tensorOf(value, exact));
        assert.ok(error <= 1e-4, `${operator} ${given.title}: onnxruntime is ${error} off for ${value.name}`);
      }
    }
  });
}

test('a value that is used several times gathers the gradients of every use', () => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', [3]);
  const y = graph.op('Mul', [x, graph.op('Exp', [x])]);

  const [gradient] = addGradients(graph, graph.op('ReduceSum', [graph.op('Add', [y, x])], { keepdims: 0 }), [x]);

  const feeds = new Map([['x', { shape: [3], data: Float64Array.of(0, 1, -2) }]]);
  const expected = [0, 1, -2].map((at) => (1 + at) * Math.exp(at) + 1);
  assert.ok(
    largestError(tensorOf(gradient!, evaluate(graph.nodes, feeds)), { shape: [3], data: Float64Array.from(expected) }) <
      1e-12,
  );
});

test('a gradient that comes from elsewhere is pulled back as that of a loss is', () => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', [3]);
  const y = graph.op('Exp', [x]);
  const given = graph.input('given', 'float32', [3]);

  const [pulled] = pullBack(graph, { value: y, gradient: given }, [x]);
  const [whole] = addGradients(graph, graph.op('ReduceSum', [graph.op('Mul', [y, given])], { keepdims: 0 }), [x]);

  const feeds = new Map([
    ['x', { shape: [3], data: Float64Array.of(0, 1, -2) }],
    ['given', { shape: [3], data: Float64Array.of(2, -3, 0.5) }],
  ]);
  const values = evaluate(graph.nodes, feeds);
  assert.deepEqual(tensorOf(pulled!, values), tensorOf(whole!, values));
});

test('only what leads from a parameter to the loss is differentiated', () => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', [2]);
  const frozen = graph.op('Reciprocal', [graph.input('frozen', 'float32', [2])]); // has no gradient rule
  graph.op('Reciprocal', [x]); // does not lead to the loss

  const loss = graph.op('ReduceSum', [graph.op('Mul', [x, frozen])], { keepdims: 0 });

  assert.doesNotThrow(() => addGradients(graph, loss, [x]));
});

test('what has no gradient is refused by name rather than taken for zero', () => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', [2, 3]);
  const sum = (value: Value) => graph.op('ReduceSum', [value], { keepdims: 0 });
  const labels = graph.constant([0, 1], 'int64');
  const scale = graph.constant([1, 1, 1]);
  const [normalised, mean] = graph.add('LayerNormalization', [x, scale], { axis: -1 });
  const [losses, logProbabilities] = graph.add('SoftmaxCrossEntropyLoss', [x, labels], { reduction: 'none' });

  const refuses = (loss: Value, message: RegExp) => assert.throws(() => addGradients(graph, loss, [x]), message);

  refuses(sum(graph.op('Reciprocal', [x])), /No gradient rule for operator Reciprocal/);
  refuses(x, /A loss is a scalar, not \[2,3\]/);
  refuses(sum(scale), /The loss does not depend on x/);
  refuses(graph.op('Add', [sum(normalised!), sum(mean!)]), /LayerNormalization/);
  refuses(graph.op('Add', [sum(losses!), sum(logProbabilities!)]), /SoftmaxCrossEntropyLoss/);
  refuses(sum(graph.op('LayerNormalization', [x, scale], { axis: 0 })), /LayerNormalization/);
  refuses(sum(graph.op('Gelu', [x])), /Gelu/);
  refuses(sum(graph.op('Gather', [x, labels], { axis: 1 })), /Gather has a gradient along axis 0 only/);
  refuses(graph.op('SoftmaxCrossEntropyLoss', [x, labels], { reduction: 'mean' }), /SoftmaxCrossEntropyLoss/);
});

/** A random weighting of the case's outputs, summed up, with its gradients for every real input. */
function lossOf({ inputs: specifications, outputs }: Case, seed: number) {
  const graph = new GraphBuilder();
  const inputs: Value[] = [];
  const feeds = new Map<string, Tensor>();
  const feed = (specification: Input): Value => {
    const integer = specification.kind === 'index' || specification.kind === 'label';
    const value = graph.input(`input_${inputs.length}`, integer ? 'int64' : 'float32', specification.shape);
    inputs.push(value);
    feeds.set(value.name, randomTensor(specification, seed * 100 + inputs.length));
    return value;
  };

  const given = specifications.map(feed);
  const losses = outputs(graph, given).map((output) => {
    const weights = feed({ shape: output.shape.map(Number), kind: 'real' });
    return graph.op('ReduceSum', [graph.op('Mul', [output, weights])], { keepdims: 0 });
  });
  const loss = losses.reduce((sum, part) => graph.op('Add', [sum, part]));
  const forward = [...graph.nodes];
  const parameters = given.filter(({ dtype }) => dtype === 'float32');
  return { graph, inputs, parameters, forward, loss, gradients: addGradients(graph, loss, parameters), feeds };
}
