/** A thread that opens a session with 64 MB of weights, says so, and waits. */
import { parentPort } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import { GraphBuilder } from '../../src/onnx/graph-builder.ts';
import { Session } from '../../src/onnx/session.ts';

const SIZE = 2 ** 24;
const graph = new GraphBuilder();
const x = graph.input('x', 'float32', [1]);
const shape = graph.constant([SIZE], 'int64');
// Made of constants alone, so that the runtime computes it once and keeps it.
const weights = graph.op('Expand', [graph.scalar(1), shape]);
graph.output(graph.op('Mul', [x, weights]), 'y');
const session = new Session(graph.encode(), { hasArena: false });
session.run(
  { x: new ort.Tensor('float32', Float32Array.of(2), [1]) },
  { y: new ort.Tensor('float32', new Float32Array(SIZE), [SIZE]) },
);
parentPort?.postMessage('open');
setInterval(() => {}, 1000);
