/** Linear layers with low-rank adapters beside them: x·W + b + scale · dropout(x)·Aᵀ·Bᵀ (Hu et al. 2021, arXiv 2106.09685). */
import { type Linear, linearLayer, type Weights } from '../../model/gpt2-graph.ts';
import type { GraphBuilder, Value } from '../../onnx/graph-builder.ts';
import { DATA_TYPE } from '../../onnx/model-proto.ts';

export interface AdapterShape {
  readonly r: number;
  readonly scale: number;
  /** Whether what goes into an adapter passes a dropout, whose ratio is then the input `dropout`. */
  readonly dropout: boolean;
  /** In and out of the layers that have an adapter, by name. */
  readonly layers: ReadonlyMap<string, readonly [number, number]>;
}

export interface AdaptedLinear {
  readonly linear: Linear;
  /** `<layer>.lora_A.weight` [r, in] and `<layer>.lora_B.weight` [out, r], graph inputs. */
  readonly parameters: ReadonlyMap<string, Value>;
  /** Which elements each dropout let pass. Complete once `linear` was called for every layer. */
  readonly masks: readonly [string, Value][];
}

export function adaptedLinear(graph: GraphBuilder, weights: Weights, adapter: AdapterShape): AdaptedLinear {
  const { r, scale, layers } = adapter;
  const plain = linearLayer(graph, weights);
  const ratio = adapter.dropout ? graph.input('dropout', 'float32', []) : undefined;
  const parameters = new Map(
    [...layers].flatMap(([name, [width, height]]) =>
      [
        { part: `${name}.lora_A.weight`, shape: [r, width] },
        { part: `${name}.lora_B.weight`, shape: [height, r] },
      ].map(({ part, shape }) => [part, graph.input(part, 'float32', shape)]),
    ),
  );
  const masks: [string, Value][] = [];
  /** dropout(x)·Aᵀ: what is let pass is scaled where it is narrow. */
  const lowered = (x: Value, a: Value, name: string): Value => {
    const low = (from: Value) => graph.op('FusedMatMul', [from, a], { transB: 1 }); // [B·T, r]
    if (!ratio) return low(x);
    const ones = graph.op('Expand', [graph.scalar(1), graph.constant(x.shape.map(Number), 'int64')]);
    // The first output would do, but onnxruntime removes a Dropout of which nobody wants the mask.
    const [, mask] = graph.add('Dropout', [ones, ratio, graph.scalar(1, 'bool')], { seed: masks.length + 1 });
    if (!mask) throw new Error('Dropout lacks its mask');
    masks.push([`${name}.mask`, mask]);
    const passed = graph.op('Mul', [x, graph.op('Cast', [mask], { to: DATA_TYPE.float32 })]);
    return graph.op('Div', [low(passed), graph.op('Sub', [graph.scalar(1), ratio])]);
  };
  return {
    parameters,
    masks,
    linear(x, name) {
      const [a, b] = ['A', 'B'].map((side) => parameters.get(`${name}.lora_${side}.weight`));
      if (!a || !b) return plain(x, name);
      const low = lowered(x, a, name);
      return graph.op('Add', [plain(x, name), graph.op('FusedMatMul', [low, b], { alpha: scale, transB: 1 })]);
    },
  };
}
