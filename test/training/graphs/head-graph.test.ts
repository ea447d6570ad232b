import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder, type Value } from '../../../src/onnx/graph-builder.ts';
import { crossEntropy, headParts, rowsAtOnce } from '../../../src/training/graphs/head-graph.ts';
import { finiteDifferences } from '../../onnx/finite-differences.ts';
import { evaluate, type Tensor, tensorOf } from '../../onnx/interpreter.ts';
import { largestError, randomTensor } from '../../onnx/random-tensor.ts';

const [N, C, V] = [5, 3, 7];

test('the gradients over the vocabulary are the slopes of its loss, in float64, and rows that weigh nothing have none', () => {
  const graph = new GraphBuilder();
  const feeds = new Map<string, Tensor>([
    ['hidden', randomTensor({ shape: [N, C], kind: 'real' }, 1)],
    ['head', randomTensor({ shape: [V, C], kind: 'real' }, 2)],
    ['labels', randomTensor({ shape: [N], kind: 'label', below: V }, 3)],
    ['weights', { shape: [N], data: Float64Array.of(1, 0, 0.5, 2, 1) }],
    ['sharpness', { shape: [N], data: Float64Array.of(1, 1, 2, 0.5, 1.3) }],
  ]);
  const input = (name: string): Value =>
    graph.input(name, name === 'labels' ? 'int64' : 'float32', feeds.get(name)!.shape);
  const [hidden, head] = [input('hidden'), input('head')];

  const { loss, hiddenGradient, headGradient } = crossEntropy(graph, hidden, {
    head,
    labels: input('labels'),
    weights: input('weights'),
    sharpness: input('sharpness'),
  });
  const forward = [...graph.nodes];
  const toHidden = hiddenGradient();
  const toHead = graph.op('Concat', headGradient([4, 3]), { axis: 0 });

  const exact = evaluate(graph.nodes, feeds);
  for (const [value, gradient] of [
    [hidden, toHidden],
    [head, toHead],
  ] as const) {
    const slope = finiteDifferences(forward, loss, value, feeds);
    assert.ok(largestError(tensorOf(gradient, exact), slope) <= 1e-6, value.name);
  }
  assert.deepEqual([...tensorOf(toHidden, exact).data.slice(C, 2 * C)].map(Math.abs), [0, 0, 0]);
});

test('rows and vocabulary are cut into parts that cover all of them', () => {
  for (const vocab_size of [7, 768, 8192, 50257]) {
    const config = { n_layer: 1, n_head: 1, n_embd: 1, n_inner: 1, n_positions: 1, layer_norm_epsilon: 0 };
    const gpt2 = { ...config, vocab_size, tie_word_embeddings: true };

    const parts = headParts(gpt2);

    assert.equal(
      parts.reduce((sum, { from, size }) => (from === sum ? sum + size : Number.NaN), 0),
      vocab_size,
    );
    for (const rows of [1, 127, 512, 5000]) {
      const atOnce = rowsAtOnce(rows, gpt2);
      assert.ok(atOnce >= 1 && Math.ceil(rows / atOnce) * atOnce - rows < Math.ceil(rows / atOnce), `${rows} rows`);
    }
  }
});
