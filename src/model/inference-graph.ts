/**
 * GPT-2 as one graph that reads prompts, continues them and scores texts, with a key-value cache that stays where it is.
 * Weights are left in model.safetensors. Input and output names are those of Hugging Face exports where they have one.
 */
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { DATA_TYPE } from '../onnx/model-proto.ts';
import type { ModelFolder } from './model-folder.ts';

const STORED_AS = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const;
/** The attention kernel wants head sizes that are a multiple of this; smaller ones are filled up with zeros. */
const HEAD_SIZE_STEP = 8;

export function paddedHeadSize({ n_embd, n_head }: { readonly n_embd: number; readonly n_head: number }): number {
  return Math.ceil(n_embd / n_head / HEAD_SIZE_STEP) * HEAD_SIZE_STEP;
}

/**
 * Inputs, for B rows of S new tokens each, of which row b has cached its first tokens and may end early (what stands after
 * its end is ignored):
 *   input_ids, position_ids [B, S];
 *   seqlens_k [B]: tokens of each row with the new ones, less 1; total_sequence_length: the largest of these, not less 1;
 *   logits_at [N]: positions in [B·S] whose logits are wanted;
 *   past_key_values.{layer}.key, .value [B, heads, capacity, head size].
 * Outputs: logits [N, V]; last_hidden_state [B, S, C]; present.{layer}.key, .value, to be given the same buffers as the past.
 */
export function inferenceGraph({ config, weights }: ModelFolder): Uint8Array {
  const { n_embd: C, n_head: H, n_layer, layer_norm_epsilon: epsilon } = config;
  const headSize = C / H;
  const padded = paddedHeadSize(config);
  const graph = new GraphBuilder();
  const ids = graph.input('input_ids', 'int64', ['batch', 'sequence']);
  const positions = graph.input('position_ids', 'int64', ['batch', 'sequence']);
  const lengths = graph.input('seqlens_k', 'int32', ['batch']);
  const longest = graph.input('total_sequence_length', 'int32', []);
  const logitsAt = graph.input('logits_at', 'int64', ['logits']);
  const int64 = (...elements: number[]) => graph.constant(elements, 'int64');

  const weight = remembered((name: string): Value => {
    const entry = weights.tensors.get(name);
    if (!entry) throw new Error(`No tensor ${name}`);
    const stored = STORED_AS[entry.dtype as keyof typeof STORED_AS];
    const value = graph.external(name, stored, entry.shape, {
      location: 'model.safetensors',
      offset: entry.offset,
      length: entry.length,
    });
    return stored === 'float32' ? value : graph.op('Cast', [value], { to: DATA_TYPE.float32 });
  });
  const linear = (x: Value, name: string) =>
    graph.op('Add', [graph.op('MatMul', [x, weight(`${name}.weight`)]), weight(`${name}.bias`)]);
  const norm = (x: Value, name: string) =>
    graph.op('LayerNormalization', [x, weight(`${name}.weight`), weight(`${name}.bias`)], { axis: -1, epsilon });
  /** Fills every head up to the kernel's size, or cuts it back: [B, S, n · from] → [B, S, n · to]. */
  const resizeHeads = (x: Value, n: number, from: number, to: number): Value => {
    if (from === to) return x;
    const heads = graph.op('Reshape', [x, int64(0, 0, n, from)]);
    const resized =
      to > from
        ? graph.op('Pad', [heads, int64(0, 0, 0, 0, 0, 0, 0, to - from)])
        : graph.op('Slice', [heads, int64(0), int64(to), int64(3)]);
    return graph.op('Reshape', [resized, int64(0, 0, n * to)]);
  };
  const attention = (x: Value, layer: number): Value => {
    const [keys, values] = ['key', 'value'].map((part) =>
      graph.input(`past_key_values.${layer}.${part}`, 'float32', ['batch', H, 'capacity', padded]),
    );
    const packed = resizeHeads(linear(x, `h.${layer}.attn.c_attn`), 3 * H, headSize, padded);
    const [mixed, presentKeys, presentValues] = graph.add(
      'GroupQueryAttention',
      [packed, null, null, keys ?? null, values ?? null, lengths, longest],
      { num_heads: H, kv_num_heads: H, scale: 1 / Math.sqrt(headSize) },
    );
    if (!mixed || !presentKeys || !presentValues) throw new Error('GroupQueryAttention has three outputs');
    graph.output(presentKeys, `present.${layer}.key`);
    graph.output(presentValues, `present.${layer}.value`);
    return linear(resizeHeads(mixed, H, padded, headSize), `h.${layer}.attn.c_proj`);
  };
  const mlp = (x: Value, layer: number): Value => {
    const inner = graph.op('Gelu', [linear(x, `h.${layer}.mlp.c_fc`)], { approximate: 'tanh' });
    return linear(inner, `h.${layer}.mlp.c_proj`);
  };

  let x = graph.op('Add', [
    graph.op('Gather', [weight('wte.weight'), ids], { axis: 0 }),
    graph.op('Gather', [weight('wpe.weight'), positions], { axis: 0 }),
  ]); // [B, S, C]
  for (let layer = 0; layer < n_layer; layer++) {
    x = graph.op('Add', [x, attention(norm(x, `h.${layer}.ln_1`), layer)]);
    x = graph.op('Add', [x, mlp(norm(x, `h.${layer}.ln_2`), layer)]);
  }
  const hidden = norm(x, 'ln_f');
  const wanted = graph.op('Gather', [graph.op('Reshape', [hidden, int64(-1, C)]), logitsAt], { axis: 0 });
  graph.output(graph.op('FusedMatMul', [wanted, weight('wte.weight')], { transB: 1 }), 'logits');
  graph.output(hidden, 'last_hidden_state');
  return graph.encode();
}

function remembered<Result>(make: (name: string) => Result): (name: string) => Result {
  const made = new Map<string, Result>();
  return (name) => {
    const known = made.get(name) ?? make(name);
    made.set(name, known);
    return known;
  };
}
