/** One layer's forward pass and its way back, as graphs that serve every layer: the weights are inputs. */
import type { Gpt2Config } from '../../model/gpt2-config.ts';
import { block, parameterShapes, withinRows } from '../../model/gpt2-graph.ts';
import { pullBack } from '../../onnx/gradients.ts';
import { GraphBuilder, type Value } from '../../onnx/graph-builder.ts';
import type { BatchShape } from '../data/batch.ts';
import { type AdapterShape, adaptedLinear } from './adapted-linear.ts';

export interface BlockGraphs {
  /** From `x` [B·T, C], `attention_bias` [B, 1, T, T] and the layer's weights to `y` and what is in `kept`. */
  readonly forward: Uint8Array;
  /** From these, `gradient.y` and what was kept to `gradient.x` and `gradient.<name>` of what moves. */
  readonly backward: Uint8Array;
  /** Outputs of `forward` that chance decided, and that are inputs of `backward`: masks, by name. */
  readonly kept: ReadonlyMap<string, readonly number[]>;
  /** Names within the layer: `attn.c_attn.weight`. */
  readonly moving: readonly string[];
}

/** @param adapter moves in place of the layer's own parameters. */
export function blockGraphs(config: Gpt2Config, shape: BatchShape, adapter?: AdapterShape): BlockGraphs {
  const build = () => {
    const graph = new GraphBuilder();
    const { batch, length } = shape;
    const x = graph.input('x', 'float32', [batch * length, config.n_embd]);
    const attentionBias = graph.input('attention_bias', 'float32', [batch, 1, length, length]);
    const own = inputs(graph, blockShapes(config));
    const adapted = adapter && adaptedLinear(graph, (name) => own.get(name)!, adapter);
    const attend = withinRows(graph, config, attentionBias);
    const y = block(graph, (name) => own.get(name)!, config, { x, attend }, adapted?.linear);
    return { graph, x, y, kept: adapted?.masks ?? [], moving: adapted?.parameters ?? own };
  };

  const forward = build();
  forward.graph.output(forward.y, 'y');
  for (const [name, value] of forward.kept) forward.graph.output(value, name);

  const { graph, x, y, kept, moving } = build();
  const gradient = graph.input('gradient.y', 'float32', x.shape);
  const wanted = [x, ...moving.values()];
  for (const [index, value] of pullBack(graph, { value: y, gradient }, wanted).entries()) {
    graph.output(value, `gradient.${wanted[index]?.name}`);
  }
  for (const [name, value] of kept) graph.given(value, name);

  return {
    forward: forward.graph.encode(),
    backward: graph.encode(),
    kept: new Map(kept.map(([name, { shape: dims }]) => [name, dims.map(Number)])),
    moving: [...moving.keys()],
  };
}

/** A layer's parameters by their names within it. */
export function blockShapes(config: Gpt2Config): ReadonlyMap<string, readonly number[]> {
  const first = 'h.0.';
  return new Map(
    [...parameterShapes(config)].flatMap(([name, shape]) =>
      name.startsWith(first) ? [[name.slice(first.length), shape] as const] : [],
    ),
  );
}

function inputs(graph: GraphBuilder, shapes: ReadonlyMap<string, readonly number[]>): ReadonlyMap<string, Value> {
  return new Map([...shapes].map(([name, shape]) => [name, graph.input(name, 'float32', shape)]));
}
