/**
 * GPT-2's forward pass over whole sequences, as a graph that can be differentiated. Knows nothing of caches or of where
 * the weights come from. Reference: Radford et al. 2019; parameter names as in the Hugging Face layout.
 */
import type { GraphBuilder, Shape, Value } from '../onnx/graph-builder.ts';
import type { Gpt2Config } from './gpt2-config.ts';

export type Weights = (name: string) => Value;

/** Every parameter of a GPT-2 with its shape, in the order of the forward pass. Linear layers are [in, out]. */
export function parameterShapes(config: Gpt2Config): ReadonlyMap<string, readonly number[]> {
  const { n_embd: C, n_inner: inner, vocab_size: V, n_positions, n_layer } = config;
  const shapes: [string, readonly number[]][] = [
    ['wte.weight', [V, C]],
    ['wpe.weight', [n_positions, C]],
  ];
  for (let layer = 0; layer < n_layer; layer++) {
    const block: [string, readonly number[]][] = [
      ['ln_1.weight', [C]],
      ['ln_1.bias', [C]],
      ['attn.c_attn.weight', [C, 3 * C]],
      ['attn.c_attn.bias', [3 * C]],
      ['attn.c_proj.weight', [C, C]],
      ['attn.c_proj.bias', [C]],
      ['ln_2.weight', [C]],
      ['ln_2.bias', [C]],
      ['mlp.c_fc.weight', [C, inner]],
      ['mlp.c_fc.bias', [inner]],
      ['mlp.c_proj.weight', [inner, C]],
      ['mlp.c_proj.bias', [C]],
    ];
    shapes.push(...block.map(([name, shape]): [string, readonly number[]] => [`h.${layer}.${name}`, shape]));
  }
  shapes.push(['ln_f.weight', [C]], ['ln_f.bias', [C]]);
  if (!config.tie_word_embeddings) shapes.push([headWeight(config), [V, C]]);
  return new Map(shapes);
}

/** The matrix [V, C] that turns hidden states into logits. */
export function headWeight({ tie_word_embeddings }: Gpt2Config): 'wte.weight' | 'lm_head.weight' {
  return tie_word_embeddings ? 'wte.weight' : 'lm_head.weight';
}

/**
 * The hidden state after the last layer's norm, [B·T, C], of token ids [B, T]. T must be a number: the causal mask is a
 * constant of the graph. Positions count from 0 in every row.
 */
export function hiddenStates(graph: GraphBuilder, weights: Weights, config: Gpt2Config, inputIds: Value): Value {
  const { n_embd: C, n_head: H, n_layer } = config;
  const [B, T] = sequences(inputIds.shape);
  const perHead = C / H;
  const int64 = (...elements: number[]) => graph.constant(elements, 'int64');
  const linear = (x: Value, name: string) =>
    graph.op('Add', [graph.op('MatMul', [x, weights(`${name}.weight`)]), weights(`${name}.bias`)]);
  const norm = (x: Value, name: string) =>
    graph.op('LayerNormalization', [x, weights(`${name}.weight`), weights(`${name}.bias`)], {
      axis: -1,
      epsilon: config.layer_norm_epsilon,
    });
  const mask = causalMask(graph, T);

  const attention = (x: Value, layer: number): Value => {
    const heads = (part: Value | undefined) => {
      const split = graph.op('Reshape', [part ?? null, int64(B, T, H, perHead)]);
      return graph.op('Transpose', [split], { perm: [0, 2, 1, 3] }); // [B, H, T, C/H]
    };
    const packed = linear(x, `h.${layer}.attn.c_attn`); // [B·T, 3C]
    const [q, k, v] = graph.add('Split', [packed, int64(C, C, C)], { axis: 1 }).map(heads);
    const scores = graph.op('FusedMatMul', [q ?? null, k ?? null], { alpha: 1 / Math.sqrt(perHead), transB: 1 });
    const attended = graph.op('Softmax', [graph.op('Add', [scores, mask])], { axis: -1 }); // [B, H, T, T]
    const mixed = graph.op('Transpose', [graph.op('MatMul', [attended, v ?? null])], { perm: [0, 2, 1, 3] });
    return linear(graph.op('Reshape', [mixed, int64(-1, C)]), `h.${layer}.attn.c_proj`);
  };
  const mlp = (x: Value, layer: number): Value => {
    const inner = graph.op('Gelu', [linear(x, `h.${layer}.mlp.c_fc`)], { approximate: 'tanh' });
    return linear(inner, `h.${layer}.mlp.c_proj`);
  };

  const tokens = graph.op('Gather', [weights('wte.weight'), graph.op('Reshape', [inputIds, int64(-1)])], { axis: 0 });
  const positions = graph.constant(
    Array.from({ length: T }, (_, t) => t),
    'int64',
  );
  const placed = graph.op('Gather', [weights('wpe.weight'), positions], { axis: 0 }); // [T, C]
  const embedded = graph.op('Add', [graph.op('Reshape', [tokens, int64(B, T, C)]), placed]);
  let x = graph.op('Reshape', [embedded, int64(-1, C)]); // [B·T, C]
  for (let layer = 0; layer < n_layer; layer++) {
    x = graph.op('Add', [x, attention(norm(x, `h.${layer}.ln_1`), layer)]);
    x = graph.op('Add', [x, mlp(norm(x, `h.${layer}.ln_2`), layer)]);
  }
  return norm(x, 'ln_f');
}

/** [B, T] for a Reshape: a batch that only a run decides is -1. */
function sequences(shape: Shape): [number, number] {
  const [batch, length] = shape;
  if (typeof length !== 'number') throw new Error(`Sequences need a length that is a number, not [${shape}]`);
  return [typeof batch === 'number' ? batch : -1, length];
}

/** Added to the attention scores: 0 where a token may look, a number that softmax turns into 0 where it may not. */
function causalMask(graph: GraphBuilder, T: number): Value {
  const blocked = -1e9;
  const elements = Array.from({ length: T * T }, (_, at) => (at % T <= Math.floor(at / T) ? 0 : blocked));
  return graph.constant(elements, 'float32', [T, T]);
}
