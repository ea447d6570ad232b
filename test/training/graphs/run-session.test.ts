import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ort from 'onnxruntime-node';
import { GraphBuilder } from '../../../src/onnx/graph-builder.ts';
import { Session } from '../../../src/onnx/session.ts';
import { GradientSums } from '../../../src/training/graphs/gradient-sums.ts';
import { runInto } from '../../../src/training/graphs/run-session.ts';

/** Twice its input, and half of it. */
function doubling() {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', [3]);
  graph.output(graph.op('Mul', [x, graph.scalar(2)]), 'double');
  graph.output(graph.op('Mul', [x, graph.scalar(0.5)]), 'half');
  return new Session(graph.encode(), { hasArena: true });
}

const tensor = (...values: number[]) => new ort.Tensor('float32', Float32Array.from(values), [values.length]);

test('gradients add up over the runs of a step, and the next step begins anew', () => {
  const session = doubling();
  const sums = new GradientSums(new Map([['w', Float32Array.of(9, 9, 9, 9, 9, 9)]]));
  const gradients = new Map([
    ['double', { name: 'w', dims: [3] }],
    ['half', { name: 'w', dims: [3], from: 3 }],
  ]);
  const add = (...x: number[]) => runInto(session, { x: tensor(...x) }, {}, sums, gradients);

  add(1, 2, 4);
  add(10, 10, 10);
  add(0, 0, 2);
  const first = [...sums.values.get('w')!];
  sums.clear();
  add(1, 1, 1);

  assert.deepEqual(first, [22, 24, 32, 5.5, 6, 8]);
  assert.deepEqual([...sums.values.get('w')!], [2, 2, 2, 0.5, 0.5, 0.5]);
});
