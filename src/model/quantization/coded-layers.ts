/**
 * A model's products with matrices that are stored in codes, as nodes of a graph. The runtime computes them at accuracy level
 * 4: it rounds the other side to 8 bits too, by blocks of a row, multiplies whole numbers and sums them up as floats.
 */
import type { GraphBuilder, Value } from '../../onnx/graph-builder.ts';
import type { Gpt2Config } from '../gpt2-config.ts';
import { headWeight, type Linear, type Weights } from '../gpt2-graph.ts';
import {
  blockBytes,
  blocksIn,
  type CodedMatrix,
  codedMatrices,
  codesOf,
  type Quantization,
  scalesOf,
  zeroPointsOf,
} from './quantization.ts';

const ACCURACY_LEVEL = 4;

export interface CodedLayers {
  readonly linear: Linear;
  /** Logits [N, V] of states [N, C]. */
  head(states: Value): Value;
  /** Vectors [B, S, C] of tokens [B, S]. */
  tokens(ids: Value): Value;
}

/** @param stored declares a tensor of the model's file, under a name or its own and with another shape of as many bytes or its own. */
export function codedLayers(
  graph: GraphBuilder,
  config: Gpt2Config,
  quantization: Quantization,
  stored: (tensor: string, as?: { readonly name?: string; readonly shape?: readonly number[] }) => Value,
  weights: Weights,
): CodedLayers {
  const matrices = codedMatrices(config, quantization);
  const matrixOf = (name: string): CodedMatrix => {
    const matrix = matrices.get(name);
    if (!matrix) throw new Error(`${name} is not stored in codes`);
    return matrix;
  };
  const zeroPoints = (name: string, as?: { readonly name: string }) =>
    quantization.symmetric ? null : stored(zeroPointsOf(name), as);

  function product(x: Value, name: string, bias: Value | null): Value {
    const { rows: N, columns: K, bits, block } = matrixOf(name);
    const inputs = [x, stored(codesOf(name)), stored(scalesOf(name)), zeroPoints(name), null, bias];
    while (inputs.at(-1) === null) inputs.pop();
    const attributes = { K, N, bits, block_size: block, accuracy_level: ACCURACY_LEVEL };
    const shape = [...x.shape.slice(0, -1), N];
    return first(graph.add('MatMulNBits', inputs, attributes, [{ dtype: 'float32', shape }]));
  }

  return {
    linear: (x, name) => product(x, `${name}.weight`, weights(`${name}.bias`)),
    head: (states) => product(states, headWeight(config), null),
    tokens(ids) {
      const name = 'wte.weight';
      const matrix = matrixOf(name);
      const { rows, columns, bits, block } = matrix;
      const blocks = blocksIn(matrix);
      // Declared a second time: the runtime keeps a packed copy of what a product reads and lets go of the other, of which the
      // few rows that are looked up are then all that is in memory.
      const looked = (tensor: string) => ({ name: `${tensor}, looked up` });
      const codes = stored(codesOf(name), { ...looked(codesOf(name)), shape: [rows, blocks * blockBytes(matrix)] });
      const scales = stored(scalesOf(name), looked(scalesOf(name)));
      const points = zeroPoints(name, looked(zeroPointsOf(name)));
      const padded = first(
        graph.add(
          'GatherBlockQuantized',
          [codes, ids, scales, ...(points ? [points] : [])],
          { bits, block_size: block, gather_axis: 0, quantize_axis: 1 },
          [{ dtype: 'float32', shape: [...ids.shape, blocks * block] }],
        ),
      );
      if (columns % block === 0) return padded;
      const int64 = (element: number) => graph.constant([element], 'int64');
      return graph.op('Slice', [padded, int64(0), int64(columns), int64(-1)]);
    },
  };
}

function first(values: readonly Value[]): Value {
  if (!values[0]) throw new Error('A node has an output');
  return values[0];
}
