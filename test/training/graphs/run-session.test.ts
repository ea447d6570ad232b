import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ort from 'onnxruntime-node';
import { runInPlace, writesInPlace } from '../../../src/model/run-in-place.ts';
import { GraphBuilder } from '../../../src/onnx/graph-builder.ts';
import { GradientSums } from '../../../src/training/graphs/gradient-sums.ts';
import { runInto } from '../../../src/training/graphs/run-session.ts';

/** Twice its input, and half of it. */
async function doubling() {
  const graph = new GraphBuilder();
  writesInPlace(graph);
  const x = graph.input('x', 'float32', [3]);
  graph.output(graph.op('Mul', [x, graph.scalar(2)]), 'double');
  graph.output(graph.op('Mul', [x, graph.scalar(0.5)]), 'half');
  return ort.InferenceSession.create(graph.encode());
}

const tensor = (...values: number[]) => new ort.Tensor('float32', Float32Array.from(values), [values.length]);

test('every output is written into the tensor that it was given, and nothing else is fetched', async () => {
  const session = await doubling();
  const [double, half] = [tensor(0, 0, 0), tensor(0, 0, 0)];

  await runInPlace(session, { x: tensor(1, 2, 4) }, { double, half });
  await runInPlace(session, { x: tensor(8, 8, 8) }, { half });

  assert.deepEqual([...(double.data as Float32Array)], [2, 4, 8]);
  assert.deepEqual([...(half.data as Float32Array)], [4, 4, 4]);
});

test('what a graph cannot compute is an error, and nobody takes it for done', async () => {
  const session = await doubling();

  await assert.rejects(runInPlace(session, { x: tensor(1, 2) }, { double: tensor(0, 0, 0) }), /dimension/i);
});

test('gradients add up over the runs of a step, and the next step begins anew', async () => {
  const session = await doubling();
  const sums = new GradientSums(new Map([['w', Float32Array.of(9, 9, 9, 9, 9, 9)]]));
  const gradients = new Map([
    ['double', { name: 'w', dims: [3] }],
    ['half', { name: 'w', dims: [3], from: 3 }],
  ]);
  const add = (...x: number[]) => runInto(session, { x: tensor(...x) }, {}, sums, gradients);

  await add(1, 2, 4);
  await add(10, 10, 10);
  await add(0, 0, 2);
  const first = [...sums.values.get('w')!];
  sums.clear();
  await add(1, 1, 1);

  assert.deepEqual(first, [22, 24, 32, 5.5, 6, 8]);
  assert.deepEqual([...sums.values.get('w')!], [2, 2, 2, 0.5, 0.5, 0.5]);
});
