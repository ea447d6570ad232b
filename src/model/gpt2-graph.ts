/**
 * GPT-2's forward pass over whole rows, as graphs that can be differentiated. Knows nothing of caches or of where the
 * weights come from. Reference: Radford et al. 2019; parameter names as in the Hugging Face layout.
 */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
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

/** What a row of tokens is, besides what it says. */
export interface Rows {
  /** Token ids, int64 [B, T]. */
  readonly inputIds: Value;
  /** Positions, int64 [B, T]. */
  readonly positionIds: Value;
  /** Added to the attention scores, float32 [B, 1, T, T]: 0 where a token may look, a large negative number where not. */
  readonly attentionBias: Value;
}

/** x·W + b of the layer with that name; a function, so that an adapter can stand beside the layer. */
export type Linear = (x: Value, name: string) => Value;

/** What positions learn of each other: from packed queries, keys and values [B·T, 3C] to [B·T, C], in the layer of that number. */
export type Attend = (packed: Value, layer: number) => Value;

/** Where a forward pass stands, [B·T, C], and how its layers look around. */
export interface Looking {
  readonly x: Value;
  readonly attend: Attend;
}

export function linearLayer(graph: GraphBuilder, weights: Weights): Linear {
  return (x, name) => graph.op('Add', [graph.op('MatMul', [x, weights(`${name}.weight`)]), weights(`${name}.bias`)]);
}

/** The hidden state after the last layer's norm, [B·T, C], of whole rows. */
export function hiddenStates(
  graph: GraphBuilder,
  weights: Weights,
  config: Gpt2Config,
  rows: Rows,
  linear = linearLayer(graph, weights),
): Value {
  const x = embeddings(graph, weights, rows);
  return fromEmbeddings(graph, weights, config, { x, attend: withinRows(graph, config, rows.attentionBias) }, linear);
}

/** `hiddenStates` from the embeddings on, [B·T, C]. */
export function fromEmbeddings(
  graph: GraphBuilder,
  weights: Weights,
  config: Gpt2Config,
  { x: embedded, attend }: Looking,
  linear = linearLayer(graph, weights),
): Value {
  let x = embedded;
  for (let layer = 0; layer < config.n_layer; layer++) {
    const within = `h.${layer}.`;
    const named: Weights = (name) => weights(within + name);
    const looking = { x, attend: (packed: Value) => attend(packed, layer) };
    x = block(graph, named, config, looking, (value, name) => linear(value, within + name));
  }
  return norm(graph, weights, config, x, 'ln_f');
}

/** The sum of a token's and its position's vectors, [B·T, C]. @param tokens the tokens' vectors, [B, T, C]. */
export function embeddings(
  graph: GraphBuilder,
  weights: Weights,
  { inputIds, positionIds }: Pick<Rows, 'inputIds' | 'positionIds'>,
  tokens = graph.op('Gather', [weights('wte.weight'), inputIds], { axis: 0 }),
): Value {
  const places = graph.op('Gather', [weights('wpe.weight'), positionIds], { axis: 0 });
  return graph.op('Reshape', [
    graph.op('Add', [tokens, places]),
    graph.constant([-1, Number(tokens.shape.at(-1))], 'int64'),
  ]);
}

/** One layer: attention, then MLP, each added to what comes in. Names are those within the layer: `attn.c_attn.weight`. */
export function block(
  graph: GraphBuilder,
  weights: Weights,
  config: Gpt2Config,
  { x, attend }: { readonly x: Value; readonly attend: (packed: Value) => Value },
  linear = linearLayer(graph, weights),
): Value {
  const packed = linear(norm(graph, weights, config, x, 'ln_1'), 'attn.c_attn');
  const looked = graph.op('Add', [x, linear(attend(packed), 'attn.c_proj')]);

  const inner = linear(norm(graph, weights, config, looked, 'ln_2'), 'mlp.c_fc');
  return graph.op('Add', [looked, linear(graph.op('Gelu', [inner], { approximate: 'tanh' }), 'mlp.c_proj')]);
}

/** Attention of whole rows to themselves. */
export function withinRows(
  graph: GraphBuilder,
  { n_embd: C, n_head: H }: Gpt2Config,
  attentionBias: Value,
): (packed: Value) => Value {
  const headSize = C / H;
  const T = attentionBias.shape.at(-1);
  if (typeof T !== 'number') throw new Error(`Rows need a length that is a number, not [${attentionBias.shape}]`);
  const int64 = (...elements: number[]) => graph.constant(elements, 'int64');

  return (packed) => {
    const split = graph.op('Reshape', [packed, int64(-1, T, 3 * H, headSize)]);
    const heads = graph.op('Transpose', [split], { perm: [0, 2, 1, 3] }); // [B, 3H, T, C/H]
    const [q, k, v] = graph.add('Split', [heads, int64(H, H, H)], { axis: 1 });
    const scores = graph.op('FusedMatMul', [q ?? null, k ?? null], { alpha: 1 / Math.sqrt(headSize), transB: 1 });
    const attended = graph.op('Softmax', [graph.op('Add', [scores, attentionBias])], { axis: -1 }); // [B, H, T, T]
    return joinHeads(graph, graph.op('MatMul', [attended, v ?? null]));
  };
}

/** [B, H, T, C/H] to [B·T, C]. */
export function joinHeads(graph: GraphBuilder, heads: Value): Value {
  const [, H, , headSize] = heads.shape;
  const byPosition = graph.op('Transpose', [heads], { perm: [0, 2, 1, 3] });
  return graph.op('Reshape', [byPosition, graph.constant([-1, Number(H) * Number(headSize)], 'int64')]);
}

export function norm(graph: GraphBuilder, weights: Weights, config: Gpt2Config, x: Value, name: string): Value {
  return graph.op('LayerNormalization', [x, weights(`${name}.weight`), weights(`${name}.bias`)], {
    axis: -1,
    epsilon: config.layer_norm_epsilon,
  });
}
