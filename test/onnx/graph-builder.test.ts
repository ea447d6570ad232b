import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../../src/onnx/graph-builder.ts';

test('a weight is read from another file and folder, at an offset that nothing aligns', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
  mkdirSync(path.join(folder, 'weights'));
  const weights = Float32Array.of(1, -2, 3, 0.5, 8, -0.25);
  writeFileSync(
    path.join(folder, 'weights', 'model.safetensors'),
    Buffer.concat([Buffer.alloc(13, 0xff), Buffer.from(weights.buffer), Buffer.alloc(3, 0xff)]),
  );
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', ['rows', 2]);
  const w = graph.external('w', 'float32', [2, 3], { location: 'weights/model.safetensors', offset: 13, length: 24 });
  graph.output(graph.op('MatMul', [x, w]), 'y');
  const file = path.join(folder, 'model.onnx');
  writeFileSync(file, graph.encode());

  const session = await InferenceSession.create(file);
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 0, 2, 1), [2, 2]) });

  assert.deepEqual(y?.dims, [2, 3]);
  assert.deepEqual(y?.data, Float32Array.of(1, -2, 3, 2.5, 4, 5.75));
});

test('constants of every type, attributes of every type and optional inputs survive the encoding', async () => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', [2, 3]);
  const doubled = graph.op('FusedMatMul', [x, graph.constant([1, 0, 0, 0, 1, 0, 0, 0, 1], 'float32', [3, 3])], {
    alpha: 2,
  });
  const turned = graph.op('Transpose', [doubled], { perm: [1, 0] });
  const picked = graph.op('Gather', [turned, graph.constant([-1, 0], 'int32')], { axis: 0 });
  const sum = graph.op('ReduceSum', [picked, null], { keepdims: 0 });
  graph.output(graph.op('Gelu', [picked], { approximate: 'tanh' }), 'gelu');
  graph.output(graph.op('Cast', [sum], { to: 11 }), 'sum');

  const session = await InferenceSession.create(graph.encode());
  const { gelu, sum: total } = await session.run({
    x: new Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]),
  });

  assert.deepEqual(total?.data, Float64Array.of(28));
  assert.deepEqual(gelu?.data.at(0), 6);
});

test('outputs keep the names that they are given, also an input, a constant and one value under two names', async () => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', [2]);
  const y = graph.op('Neg', [x]);
  graph.output(y, 'first');
  graph.output(y, 'second');
  graph.output(x, 'same');
  graph.output(graph.constant([7], 'int64'), 'seven');

  const session = await InferenceSession.create(graph.encode());
  const results = await session.run({ x: new Tensor('float32', Float32Array.of(1, -2), [2]) });

  assert.deepEqual(session.outputNames, ['first', 'second', 'same', 'seven']);
  assert.deepEqual(
    Object.entries(results).map(([name, { data }]) => [name, ...data]),
    [
      ['first', -1, 2],
      ['second', -1, 2],
      ['same', 1, -2],
      ['seven', 7n],
    ],
  );
});

test('the same constant asked for twice is one; another type or shape is another', () => {
  const graph = new GraphBuilder();

  const once = graph.constant([1, 2]);

  assert.equal(graph.constant([1, 2]), once);
  assert.notEqual(graph.constant([1, 2], 'int64'), once);
  assert.notEqual(graph.constant([1, 2], 'float32', [2, 1]), once);
});

test('a value that is given is an input, and what only led to it is gone', async () => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', [2]);
  const [first, second] = graph.add('Split', [graph.op('Neg', [x]), graph.constant([1, 1], 'int64')], { axis: 0 });
  const root = graph.op('Sqrt', [first!]);
  graph.output(graph.op('Add', [root, second!]), 'sum');
  graph.given(root, 'root');
  graph.given(first!, 'unread');

  const session = await InferenceSession.create(graph.encode());
  const { sum } = await session.run({
    x: new Tensor('float32', Float32Array.of(-1, 5), [2]),
    root: new Tensor('float32', Float32Array.of(100), [1]),
    unread: new Tensor('float32', Float32Array.of(7), [1]),
  });

  assert.deepEqual(session.inputNames, ['x', 'root', 'unread']);
  assert.deepEqual(sum?.data, Float32Array.of(95));
});

test('what no output needs is not in the encoded graph', () => {
  const build = (withUnneeded: boolean) => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [2]);
    const y = graph.op('Neg', [x]);
    if (withUnneeded) graph.op('Add', [graph.op('Exp', [y]), graph.scalar(3)]);
    graph.output(y, 'y');
    return graph.encode();
  };

  assert.deepEqual(build(true), build(false));
});
