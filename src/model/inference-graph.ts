/**
 * GPT-2 as one graph that reads prompts, continues them and scores texts, for rows of any lengths and any adapters in one
 * batch. Weights stay in their files.
 *
 * What a row computes does not depend on the rows beside it, to the last bit, where the runtime's product of a batch with
 * constant weights does not (it does not on x64): attention is computed a row and head at a time (GroupQueryAttention), and
 * adapters by products whose shape a batch does not change (`beside`).
 */
import { type Attributes, type Dimension, GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { DATA_TYPE, type DataType } from '../onnx/model-proto.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import {
  type Attend,
  embeddings,
  fromEmbeddings,
  headWeight,
  type Linear,
  linearLayer,
  type Weights,
} from './gpt2-graph.ts';
import type { ModelFolder } from './model-folder.ts';
import { linearLayers } from './peft.ts';
import { type CodedLayers, codedLayers } from './quantization/coded-layers.ts';

const STORED_AS: Readonly<Record<string, DataType>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16', U8: 'uint8' };

/** Columns of an adapter's matrices that are computed at once; a rank that is not a multiple of it is filled with zeros. */
export const ADAPTER_BLOCK = 8;
/** What `beside` multiplies each of its two products by. */
const ADAPTER_ALPHA = 0.5;
/** What an adapter's scale has to be multiplied by, for what `beside` does. */
export const ADAPTER_GAIN = 1 / ADAPTER_ALPHA ** 2;

/** What a graph is made for. */
export interface Target {
  /** `fused`: those of onnxruntime's CPU provider; `portable`: what every device has, cached tokens and new ones in one tensor. */
  readonly operators: 'fused' | 'portable';
  /** What comes out of new tokens: the whole cache, or (portable only) their keys and values alone. */
  readonly cache: 'new' | 'present';
  /** Whether rows may have adapters. */
  readonly adapted: boolean;
}

/** Floats of a head in the cache: the attention kernel takes multiples of 8, the rest is zeros. */
export function cachedHeadSize({ n_embd, n_head }: Gpt2Config): number {
  return 8 * Math.ceil(n_embd / n_head / 8);
}

/**
 * Inputs, for B rows of S new tokens each, of which row b may end early (what stands after its end is ignored), and P
 * positions of cache, of which row b may have filled fewer. S is 1 where the cache holds anything, unless B is 1. D is the
 * size of a head in the cache:
 *   input_ids, position_ids [B, S];
 *   rows_shape [3]: B, S, 3·H·D;
 *   fused: last_at int32 [B]: the position of each row's last new token; longest int32 []: the largest of them, plus 1;
 *   portable: put_at [B, H, S, 3]: where in the cache each new token goes, as row, head and position; attention_bias
 *   [B, 1, S, P]: 0 where a token may look, a large negative number where not;
 *   logits_at [N]: positions in [B·S] whose logits are wanted; next_ids [N, 1]: what follows them, where that is known;
 *   temperature [N, 1], above 0, of the probabilities;
 *   past.{layer}.key, .value [B, H, P, D];
 *   where rows may have adapters: adapter_mask [G, B·S, 1], adapter_shape [2], and for each linear layer its name with .lora_A
 *   [G, in, 8] and .lora_B [8·G, out]: see `beside`.
 * Outputs: logits [N, V], the largest [N, 1] of each, and that of next_ids, next_logit [N, 1]; the likeliest token's
 * probability [N, 1]; probabilities [N, V] at the temperature, and the likeliest token's, likeliest_tempered [N, 1];
 * fused: shares and tempered [N, V], which lie on the way, to be written where memory is ready for them;
 * last_hidden_state [B·S, C]; the cache with what is new, present.{layer}.key, .value [B, H, P, D], or, as the target has it,
 * new [B·S, L·3·H·D]: each layer's queries, keys and values.
 * @param locate the path of a file of weights, relative to the folder that the runtime is told.
 */
export function inferenceGraph(model: ModelFolder, locate: (file: string) => string, target: Target): Uint8Array {
  const { config } = model;
  const graph = new GraphBuilder();
  const isFused = target.operators === 'fused';
  const ids = graph.input('input_ids', 'int64', ['batch', 'sequence']);
  const positions = graph.input('position_ids', 'int64', ['batch', 'sequence']);
  const temperature = graph.input('temperature', 'float32', ['logits', 1]);
  const logitsAt = graph.input('logits_at', 'int64', ['logits']);
  const nextIds = graph.input('next_ids', 'int64', ['logits', 1]);

  const stored = storedTensors(graph, model, locate);
  const weight = remembered((name: string) => asFloats(graph, stored(name)));
  const layers = model.quantization
    ? codedLayers(graph, config, model.quantization, stored, weight)
    : floatLayers(graph, config, target, stored, weight);
  const adapted = target.adapted ? beside(graph, config, target) : (plain: Value) => plain;
  const linear: Linear = (x, name) => adapted(layers.linear(x, name), x, name);

  // Rows and positions are one axis wherever attention does not need to tell them apart: then bias and product are one kernel.
  const x = embeddings(graph, weight, { inputIds: ids, positionIds: positions }, layers.tokens(ids)); // [B·S, C]
  const packed: Value[] = [];
  const attend = isFused ? withCache(graph, config) : withPlainCache(graph, config, target, packed);
  const hidden = fromEmbeddings(graph, weight, config, { x, attend }, linear);
  graph.output(hidden, 'last_hidden_state');
  if (target.cache === 'new') graph.output(graph.op('Concat', packed, { axis: 1 }), 'new');

  const wanted = graph.op('Gather', [hidden, logitsAt], { axis: 0 }); // [N, C]
  const logits = layers.head(wanted);
  graph.output(logits, 'logits');
  graph.output(graph.op('GatherElements', [logits, nextIds], { axis: 1 }), 'next_logit');
  // A third of what ReduceLogSumExp takes; and the logarithm is not taken here, where its last bit depends on N.
  const likeliest = (shares: Value) => graph.op('ReduceMax', [shares, graph.constant([-1], 'int64')]);
  const shares = graph.op('Softmax', [logits], { axis: -1 });
  const tempered = graph.op('Div', [logits, temperature]);
  const probabilities = graph.op('Softmax', [tempered], { axis: -1 });
  graph.output(likeliest(logits), 'largest');
  graph.output(likeliest(shares), 'likeliest');
  graph.output(probabilities, 'probabilities');
  graph.output(likeliest(probabilities), 'likeliest_tempered');
  if (isFused) {
    graph.output(shares, 'shares');
    graph.output(tempered, 'tempered');
  }
  return graph.encode();
}

type Stored = Parameters<typeof codedLayers>[3];

function storedTensors(graph: GraphBuilder, { weights }: ModelFolder, locate: (file: string) => string): Stored {
  return (tensor, { name = tensor, shape } = {}) => {
    const entry = weights.tensors.get(tensor);
    if (!entry) throw new Error(`No tensor ${tensor}`);
    const type = STORED_AS[entry.dtype];
    if (!type) throw new Error(`No graph can use ${tensor}, which is ${entry.dtype}`);
    const { offset, length } = entry;
    return graph.external(name, type, shape ?? entry.shape, { location: locate(weights.file), offset, length });
  };
}

/** The runtime folds the cast of a weight while it loads. */
function asFloats(graph: GraphBuilder, value: Value): Value {
  return value.dtype === 'float32' ? value : graph.op('Cast', [value], { to: DATA_TYPE.float32 });
}

function floatLayers(
  graph: GraphBuilder,
  config: Gpt2Config,
  { operators }: Target,
  stored: Stored,
  weight: Weights,
): CodedLayers {
  const head = weight(headWeight(config));
  const linear = linearLayer(graph, weight);
  if (operators === 'portable') {
    const logits = float32('logits', config.vocab_size);
    return {
      linear,
      head: (states) => only(graph.add('Gemm', [states, head], { transB: 1 }, [logits])),
      tokens: (ids) => graph.op('Gather', [weight('wte.weight'), ids], { axis: 0 }),
    };
  }
  // A tied head is declared a second time. The runtime packs what a product reads and lets go of it; of what is only looked
  // up, the rows that were wanted are all that is in memory. Half precision is widened after it is looked up.
  const looked = stored('wte.weight', { name: 'wte.weight, looked up' });
  return {
    linear,
    head: (states) => graph.op('FusedMatMul', [states, head], { transB: 1 }),
    tokens: (ids) => asFloats(graph, graph.op('Gather', [looked, ids], { axis: 0 })),
  };
}

/**
 * Attention to what the cache holds and to the new tokens. Where the cache that comes out is the very tensor that went in, the
 * kernel writes only what is new.
 */
function withCache(graph: GraphBuilder, config: Gpt2Config): Attend {
  const { n_head: H } = config;
  const D = cachedHeadSize(config);
  const { headSize, widened, narrowed, past, inRows } = cachedHeads(graph, config);
  const lastAt = graph.input('last_at', 'int32', ['batch']);
  const longest = graph.input('longest', 'int32', []);

  return (packed, layer) => {
    const [looked, keys, values] = graph.add(
      'GroupQueryAttention',
      [inRows(widened(packed)), null, null, past(layer, 'key'), past(layer, 'value'), lastAt, longest],
      { num_heads: H, kv_num_heads: H, scale: 1 / Math.sqrt(headSize) },
      [float32('batch', 'sequence', H * D), float32('batch', H, 'all', D), float32('batch', H, 'all', D)],
    );
    if (!looked || !keys || !values) throw new Error('Attention has three outputs');
    graph.output(keys, `present.${layer}.key`);
    graph.output(values, `present.${layer}.value`);
    return narrowed(looked);
  };
}

/**
 * The same of operators that every device has: new keys and values are put into the cache first, and then all of it is looked
 * at, with a bias that leaves out what a row has not filled. Where the cache that comes out is the very tensor that went in,
 * the runtime writes only what is new.
 */
function withPlainCache(graph: GraphBuilder, config: Gpt2Config, { cache }: Target, kept: Value[]): Attend {
  const { n_head: H } = config;
  const D = cachedHeadSize(config);
  const { headSize, widened, narrowed, past, inRows } = cachedHeads(graph, config);
  const putAt = graph.input('put_at', 'int64', ['batch', H, 'sequence', 3]);
  const bias = graph.input('attention_bias', 'float32', ['batch', 1, 'sequence', 'past']);
  const int64 = (...elements: number[]) => graph.constant(elements, 'int64');
  const add = (operator: string, inputs: Value[], attributes: Attributes, ...shape: Dimension[]) =>
    only(graph.add(operator, inputs, attributes, [float32(...shape)]));

  return (packed, layer) => {
    const wide = widened(packed);
    kept.push(wide);
    const split = add('Reshape', [inRows(wide), int64(0, 0, 3 * H, D)], {}, 'batch', 'sequence', 3 * H, D);
    const heads = graph.op('Transpose', [split], { perm: [0, 2, 1, 3] });
    const part = (at: number) =>
      add('Slice', [heads, int64(at * H), int64((at + 1) * H), int64(1)], {}, 'batch', H, 'sequence', D);
    const put = (name: 'key' | 'value', at: number) => {
      const filled = add('ScatterND', [past(layer, name), putAt, part(at)], {}, 'batch', H, 'past', D);
      if (cache === 'present') graph.output(filled, `present.${layer}.${name}`);
      return filled;
    };
    // Of the two matrices, the query's is the small one to turn round.
    const query = graph.op('Transpose', [graph.op('Mul', [part(0), graph.scalar(1 / Math.sqrt(headSize))])], {
      perm: [0, 1, 3, 2],
    });
    const turned = add('MatMul', [put('key', 1), query], {}, 'batch', H, 'past', 'sequence');
    const scores = graph.op('Transpose', [turned], { perm: [0, 1, 3, 2] });
    const attended = graph.op('Softmax', [graph.op('Add', [scores, bias])], { axis: -1 });
    const looked = add('MatMul', [attended, put('value', 2)], {}, 'batch', H, 'sequence', D);
    return narrowed(graph.op('Transpose', [looked], { perm: [0, 2, 1, 3] }));
  };
}

/** What both kinds of attention do around the cache, whose heads are D wide. */
function cachedHeads(graph: GraphBuilder, config: Gpt2Config) {
  const { n_embd: C, n_head: H } = config;
  const [headSize, D] = [C / H, cachedHeadSize(config)];
  const rowsShape = graph.input('rows_shape', 'int64', [3]);
  const int64 = (...elements: number[]) => graph.constant(elements, 'int64');
  return {
    headSize,
    past: (layer: number, part: string) => graph.input(`past.${layer}.${part}`, 'float32', ['batch', H, 'past', D]),
    inRows: (wide: Value) =>
      only(graph.add('Reshape', [wide, rowsShape], {}, [float32('batch', 'sequence', 3 * H * D)])),
    /** [B·S, 3C] to [B·S, 3·H·D]. */
    widened(packed: Value): Value {
      if (D === headSize) return packed;
      const heads = graph.op('Reshape', [packed, int64(-1, 3 * H, headSize)]);
      const pads = int64(0, 0, 0, 0, 0, D - headSize);
      const padded = only(graph.add('Pad', [heads, pads], {}, [float32(heads.shape[0] ?? 1, 3 * H, D)]));
      return graph.op('Reshape', [padded, int64(-1, 3 * H * D)]);
    },
    /** Anything of B·S·H·D to [B·S, C]. */
    narrowed(looked: Value): Value {
      const narrow = () => {
        const heads = graph.op('Reshape', [looked, int64(-1, H, D)]);
        return graph.op('Slice', [heads, int64(0), int64(headSize), int64(2)]);
      };
      return graph.op('Reshape', [D === headSize ? looked : narrow(), int64(-1, C)]);
    },
  };
}

const float32 = (...shape: Dimension[]) => ({ dtype: 'float32' as const, shape });

function only(values: readonly Value[]): Value {
  if (!values[0]) throw new Error('A node has an output');
  return values[0];
}

/**
 * Adds to a linear layer's output what the adapter of each row adds: x·A·B, of matrices that are inputs. The columns of A of
 * all adapters of the batch lie in G blocks of 8, and `adapter_mask` is 1 where a row's adapter is. Zeros are added exactly,
 * and no shape that the runtime chooses an order of summation by depends on G or on the number of rows; a factor other than 1
 * keeps it from treating a single row differently. (Other devices lack `FusedMatMul`, and promise nothing of the kind.)
 */
function beside(
  graph: GraphBuilder,
  config: Gpt2Config,
  { operators }: Target,
): (plain: Value, x: Value, name: string) => Value {
  const mask = graph.input('adapter_mask', 'float32', ['blocks', 'tokens', 1]);
  const shape = graph.input('adapter_shape', 'int64', [2]);
  const layers = new Map(linearLayers(config).map((layer) => [layer.name, layer]));
  const isFused = operators === 'fused';

  return (plain, x, name) => {
    const layer = layers.get(name);
    if (!layer) return plain;
    const a = graph.input(`${name}.lora_A`, 'float32', ['blocks', layer.in, ADAPTER_BLOCK]);
    const b = graph.input(`${name}.lora_B`, 'float32', ['ranks', layer.out]);
    const blocks = [float32('blocks', 'tokens', ADAPTER_BLOCK)];
    const low = isFused
      ? only(graph.add('FusedMatMul', [x, a], { alpha: ADAPTER_ALPHA }, blocks))
      : only(graph.add('MatMul', [x, a], {}, blocks));
    const own = only(graph.add('Mul', [low, mask], {}, blocks));
    const rows = graph.op('Transpose', [own], { perm: [1, 0, 2] });
    const joined = only(graph.add('Reshape', [rows, shape], {}, [float32('tokens', 'ranks')]));
    const alpha = isFused ? ADAPTER_ALPHA : ADAPTER_ALPHA ** 2;
    return only(graph.add('Gemm', [joined, b, plain], { alpha }, [plain]));
  };
}

function remembered<Result>(make: (name: string) => Result): (name: string) => Result {
  const made = new Map<string, Result>();
  return (name) => {
    const known = made.get(name) ?? make(name);
    made.set(name, known);
    return known;
  };
}
