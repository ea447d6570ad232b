/** Runs a GraphBuilder's graph in onnxruntime on the CPU, from and to the interpreter's tensors. */
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import type { GraphBuilder, Value } from '../../src/onnx/graph-builder.ts';
import type { Tensor } from './interpreter.ts';

/** Results in the order of `outputs`, whatever their element type. */
export async function runGraph(
  graph: GraphBuilder,
  inputs: readonly Value[],
  outputs: readonly Value[],
  feeds: ReadonlyMap<string, Tensor>,
): Promise<readonly Tensor[]> {
  for (const [index, value] of outputs.entries()) graph.output(value, `result_${index}`);
  const session = await InferenceSession.create(graph.encode(), { logSeverityLevel: 3, intraOpNumThreads: 1 });
  try {
    const results = await session.run(
      Object.fromEntries(inputs.map((input) => [input.name, toRuntime(input, feeds.get(input.name)!)])),
    );
    return outputs.map((_, index) => fromRuntime(results[`result_${index}`]!));
  } finally {
    await session.release();
  }
}

function toRuntime({ dtype }: Value, { shape, data }: Tensor): RuntimeTensor {
  if (dtype === 'int64') return new RuntimeTensor('int64', BigInt64Array.from(data, BigInt), shape);
  return new RuntimeTensor('float32', Float32Array.from(data), shape);
}

export function fromRuntime({ dims, data }: RuntimeTensor): Tensor {
  return { shape: dims, data: Float64Array.from(data as ArrayLike<number | bigint>, Number) };
}
