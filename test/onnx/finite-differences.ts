import type { Node, Value } from '../../src/onnx/graph-builder.ts';
import { evaluate, type Tensor, tensorOf } from './interpreter.ts';

/** Central differences: the error is of the order of step², and of the doubles' rounding over step. */
export function finiteDifferences(
  forward: readonly Node[],
  loss: Value,
  parameter: Value,
  feeds: ReadonlyMap<string, Tensor>,
): Tensor {
  const step = 1e-5;
  const { shape, data } = feeds.get(parameter.name)!;
  const lossAt = (index: number, shift: number) => {
    const moved = { shape, data: data.with(index, data[index]! + shift) };
    return tensorOf(loss, evaluate(forward, new Map([...feeds, [parameter.name, moved]]))).data[0]!;
  };
  return { shape, data: data.map((_, index) => (lossAt(index, step) - lossAt(index, -step)) / (2 * step)) };
}
