import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hiddenStates, parameterShapes } from '../../src/model/gpt2-graph.ts';
import { addGradients } from '../../src/onnx/gradients.ts';
import { GraphBuilder } from '../../src/onnx/graph-builder.ts';
import { finiteDifferences } from '../onnx/finite-differences.ts';
import { evaluate, type Tensor, tensorOf } from '../onnx/interpreter.ts';
import { largestError, randomTensor } from '../onnx/random-tensor.ts';

const TOY = {
  n_layer: 2,
  n_head: 2,
  n_embd: 4,
  n_inner: 6,
  n_positions: 3,
  vocab_size: 5,
  layer_norm_epsilon: 1e-5,
  tie_word_embeddings: true,
};

/** A row of one document, and a row of two. */
const BIAS = [
  [
    [0, -1e9, -1e9],
    [0, 0, -1e9],
    [0, 0, 0],
  ],
  [
    [0, -1e9, -1e9],
    [0, 0, -1e9],
    [-1e9, -1e9, 0],
  ],
];

test("every parameter's gradient through a whole GPT-2 is the slope of its loss, in float64", () => {
  const graph = new GraphBuilder();
  const feeds = new Map<string, Tensor>([
    ['ids', randomTensor({ shape: [2, 3], kind: 'label', below: TOY.vocab_size }, 1)],
    ['positions', { shape: [2, 3], data: Float64Array.of(0, 1, 2, 0, 1, 0) }],
    ['bias', { shape: [2, 1, 3, 3], data: Float64Array.from(BIAS.flat(2)) }],
    ['labels', randomTensor({ shape: [6], kind: 'label', below: TOY.vocab_size }, 2)],
  ]);
  const parameters = new Map(
    [...parameterShapes(TOY)].map(([name, shape], index) => {
      feeds.set(name, randomTensor({ shape, kind: 'real' }, index + 3));
      return [name, graph.input(name, 'float32', shape)];
    }),
  );

  const rows = {
    inputIds: graph.input('ids', 'int64', [2, 3]),
    positionIds: graph.input('positions', 'int64', [2, 3]),
    attentionBias: graph.input('bias', 'float32', [2, 1, 3, 3]),
  };
  const hidden = hiddenStates(graph, (name) => parameters.get(name)!, TOY, rows);
  const logits = graph.op('FusedMatMul', [hidden, parameters.get('wte.weight')!], { transB: 1 });
  const labels = graph.input('labels', 'int64', [6]);
  const losses = graph.op('SoftmaxCrossEntropyLoss', [logits, labels], { reduction: 'none' });
  const loss = graph.op('ReduceMean', [losses], { keepdims: 0 });
  const forward = [...graph.nodes];
  const gradients = addGradients(graph, loss, [...parameters.values()]);

  const exact = evaluate(graph.nodes, feeds);
  for (const [index, parameter] of [...parameters.values()].entries()) {
    const error = largestError(tensorOf(gradients[index]!, exact), finiteDifferences(forward, loss, parameter, feeds));
    assert.ok(error <= 1e-6, `${error} off for ${parameter.name}`);
  }
});
