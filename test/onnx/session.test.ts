import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import { GraphBuilder } from '../../src/onnx/graph-builder.ts';
import { Session } from '../../src/onnx/session.ts';

/** Twice its input, and half of it. */
function doubling(): Session {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', ['length']);
  graph.output(graph.op('Mul', [x, graph.scalar(2)]), 'double');
  graph.output(graph.op('Mul', [x, graph.scalar(0.5)]), 'half');
  return new Session(graph.encode(), { hasArena: false });
}

const tensor = (...values: number[]) => new ort.Tensor('float32', Float32Array.from(values), [values.length]);
const values = ({ data }: ort.Tensor) => [...(data as Float32Array)];

test('every output is written into the tensor that it was given, and nothing else is', () => {
  const session = doubling();
  const [double, half] = [tensor(0, 0, 0), tensor(0, 0, 0)];

  session.run({ x: tensor(1, 2, 4) }, { double, half });
  session.run({ x: tensor(8, 8, 8) }, { half });

  assert.deepEqual(
    [values(double), values(half)],
    [
      [2, 4, 8],
      [4, 4, 4],
    ],
  );
  session.release();
});

test('a binding reads what its tensors hold when it runs, and writes into the same ones', () => {
  const session = doubling();
  const [x, double] = [tensor(1, 2, 4), tensor(0, 0, 0)];
  const binding = session.bind({ x }, { double });

  const written = [3, 5].map((first) => {
    (x.data as Float32Array)[0] = first;
    binding.run();
    return values(double);
  });

  assert.deepEqual(written, [
    [6, 4, 8],
    [10, 4, 8],
  ]);
  binding.release();
  session.release();
});

test('an output may be the very memory of an input, and memory may be shared between threads', () => {
  const session = doubling();
  const shared = new Float32Array(new SharedArrayBuffer(8));
  shared.set([1, 3]);
  const x = new ort.Tensor('float32', shared, [2]);

  session.run({ x }, { double: x });

  assert.deepEqual([...shared], [2, 6]);
  session.release();
});

for (const [what, inputs, outputs, refusal] of [
  ['an output of another shape', { x: tensor(1, 2) }, { double: tensor(0, 0, 0) }, /shape/i],
  ['an input that is missing', {}, { double: tensor(0) }, /input/i],
  ['an input that the graph has not', { x: tensor(1), y: tensor(1) }, { double: tensor(0) }, /y/],
  ['an output that the graph has not', { x: tensor(1) }, { third: tensor(0) }, /third/],
  ['text', { x: new ort.Tensor('string', ['a'], [1]) }, { double: tensor(0) }, /takes string/],
] as const) {
  test(`${what} is an error, nothing is written, and the session goes on`, () => {
    const session = doubling();
    const double = tensor(0);

    assert.throws(() => session.run(inputs, outputs), refusal);
    for (const output of Object.values(outputs)) assert.ok(values(output).every((value) => value === 0));

    session.run({ x: tensor(4) }, { double });
    assert.deepEqual(values(double), [8]);
    session.release();
  });
}

test('what was released runs no more, and may be released again', () => {
  const session = doubling();
  const [x, double] = [tensor(1), tensor(0)];
  const [binding, other] = [session.bind({ x }, { double }), session.bind({ x }, { double })];

  for (let time = 0; time < 2; time++) binding.release();
  assert.throws(() => binding.run(), /released/);
  for (let time = 0; time < 2; time++) session.release();

  assert.throws(() => other.run(), /released/);
  assert.throws(() => session.run({ x }, { double }), /released/);
  other.release();
});

test('what is no graph is refused with what the runtime says of it', () => {
  assert.throws(() => new Session(Uint8Array.of(1, 2, 3), { hasArena: false }), /protobuf|model/i);
});

test('a thread that is ended from outside leaves no session behind', async () => {
  const megabytes = () => process.memoryUsage().rss / 2 ** 20;
  const opensAndWaits = async () => {
    const worker = new Worker(new URL('open-session.ts', import.meta.url));
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await worker.terminate();
  };
  await opensAndWaits();
  const before = megabytes();

  for (let time = 0; time < 5; time++) await opensAndWaits(); // each holds 64 MB

  assert.ok(megabytes() - before < 100, `${before} MB became ${megabytes()}`);
});

test('nobody is told of a session: the runtime keeps nothing in the user’s folders, however long the command line is', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'eidolon-home-'));
  const { CI: _, ORT_DISABLE_TELEMETRY: __, ...environment } = process.env; // either keeps it silent by itself
  const argv = [path.join(import.meta.dirname, 'open-session-in-thread.ts'), 'long '.repeat(5000)];

  const { status, stderr } = spawnSync(process.execPath, argv, {
    env: { ...environment, HOME: home, XDG_CACHE_HOME: path.join(home, '.cache') },
    encoding: 'utf8',
  });

  assert.equal(status, 0, stderr);
  assert.deepEqual(readdirSync(home), []);
});
