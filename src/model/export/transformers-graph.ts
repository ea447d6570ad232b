/**
 * GPT-2 as Transformers.js and Python's optimum feed it: whole sequences or what follows a cache that goes in and comes out.
 * Only ONNX's own operators, so that every runtime takes it.
 */
import { GraphBuilder, type Shape, type TensorType, type Value } from '../../onnx/graph-builder.ts';
import { DATA_TYPE, type DataType } from '../../onnx/model-proto.ts';
import { type Attend, embeddings, fromEmbeddings, headWeight, joinHeads } from '../gpt2-graph.ts';
import type { ModelFolder } from '../model-folder.ts';

/** Transformers.js makes an empty cache with 0 for every named dimension but the first of these, so the names matter. */
const [B, S, P] = ['batch_size', 'sequence_length', 'past_sequence_length'] as const;
const KEYS = `${P}+${S}`;
/** The least float32: softmax makes 0 of it, and no NaN of a row that may look nowhere. */
const BLOCKED = -3.4028234663852886e38;

/**
 * Inputs: input_ids, position_ids [B, S]; attention_mask [B, P + S], 1 where there is a token and 0 where there is padding;
 * past_key_values.{layer}.key, .value [B, H, P, C/H], where P may be 0.
 * Outputs: logits [B, S, V]; present.{layer}.key, .value [B, H, P + S, C/H].
 * Computes in float32, whatever the weights are stored as.
 * @param location the file of the weights, relative to the graph's own.
 */
export function transformersGraph({ config, weights }: Pick<ModelFolder, 'config' | 'weights'>, location: string) {
  const { n_embd: C, n_head: H, vocab_size: V } = config;
  const headSize = C / H;
  const graph = new GraphBuilder();
  const ids = graph.input('input_ids', 'int64', [B, S]);
  const attentionMask = graph.input('attention_mask', 'int64', [B, KEYS]);
  const positions = graph.input('position_ids', 'int64', [B, S]);
  const int64 = (...elements: number[]) => graph.constant(elements, 'int64');
  const typed = typedBy(graph);
  const idsShape = typed('Shape', [ids], 'int64', [2]);
  const bias = attentionBias(graph, attentionMask, typed('Gather', [idsShape, graph.scalar(1, 'int64')], 'int64', []));
  const headsShape = graph.op('Concat', [idsShape, int64(3, H, headSize)], { axis: 0 });
  const logitsShape = graph.op('Concat', [idsShape, int64(V)], { axis: 0 });
  const HEADS: TensorType = { dtype: 'float32', shape: [B, S, 3, H, headSize] };

  const loaded = new Map<string, Value>();
  const weight = (name: string): Value => {
    const known = loaded.get(name) ?? stored(name);
    loaded.set(name, known);
    return known;
  };
  const stored = (name: string): Value => {
    const { dtype, shape, offset, length } = weights.tensors.get(name)!;
    const half = dtype === 'F16';
    const value = graph.external(name, half ? 'float16' : 'float32', shape, { location, offset, length });
    return half ? graph.op('Cast', [value], { to: DATA_TYPE.float32 }) : value;
  };
  const attend: Attend = (packed, layer) => {
    const [split] = graph.add('Reshape', [packed, headsShape], {}, [HEADS]);
    const heads = graph.op('Transpose', [split ?? null], { perm: [2, 0, 3, 1, 4] }); // [3, B, H, S, C/H]
    const part = (index: number) => graph.op('Gather', [heads, graph.scalar(index, 'int64')], { axis: 0 });
    const remember = (added: Value, name: string) => {
      const past = graph.input(`past_key_values.${layer}.${name}`, 'float32', [B, H, P, headSize]);
      const present = graph.op('Concat', [past, added], { axis: 2 });
      graph.output(present, `present.${layer}.${name}`);
      return present;
    };
    const query = graph.op('Mul', [part(0), graph.scalar(1 / Math.sqrt(headSize))]);
    const keys = graph.op('Transpose', [remember(part(1), 'key')], { perm: [0, 1, 3, 2] });
    const values = remember(part(2), 'value');
    const scores = graph.op('Add', [graph.op('MatMul', [query, keys]), bias]); // [B, H, S, P + S]
    const mixed = graph.op('MatMul', [graph.op('Softmax', [scores], { axis: -1 }), values]);
    return joinHeads(graph, mixed);
  };

  const x = embeddings(graph, weight, { inputIds: ids, positionIds: positions });
  const hidden = fromEmbeddings(graph, weight, config, { x, attend });
  // Gemm, unlike MatMul, takes a matrix the other way round, so that the embedding need not be there twice.
  const rows = typed('Gemm', [hidden, weight(headWeight(config))], 'float32', [`${B}*${S}`, V], { transB: 1 });
  graph.output(typed('Reshape', [rows, logitsShape], 'float32', [B, S, V]), 'logits');
  return graph.encode();
}

/** [B, 1, S, P + S], added to the scores: 0 where a new token may look, `BLOCKED` after itself and at padding. */
function attentionBias(graph: GraphBuilder, attentionMask: Value, added: Value): Value {
  const typed = typedBy(graph);
  const int64 = (element: number) => graph.scalar(element, 'int64');
  const total = typed('Gather', [typed('Shape', [attentionMask], 'int64', [2]), int64(1)], 'int64', []);
  const past = graph.op('Sub', [total, added]);
  const keys = typed('Range', [int64(0), total, int64(1)], 'int64', [KEYS]);
  const queries = typed('Range', [past, total, int64(1)], 'int64', [S]);
  const column = graph.op('Reshape', [queries, graph.constant([-1, 1], 'int64')]);
  const isEarlier = typed('LessOrEqual', [keys, column], 'bool', [S, KEYS]);
  const isToken = graph.op('Cast', [attentionMask], { to: DATA_TYPE.bool });
  const ofRow = typed('Unsqueeze', [isToken, graph.constant([1, 2], 'int64')], 'bool', [B, 1, 1, KEYS]);
  const allowed = typed('And', [isEarlier, ofRow], 'bool', [B, 1, S, KEYS]);
  return typed('Where', [allowed, graph.scalar(0), graph.scalar(BLOCKED)], 'float32', [B, 1, S, KEYS]);
}

/** `graph.op` for operators whose output's shape follows from values that only a run knows. */
function typedBy(graph: GraphBuilder) {
  return (
    operator: string,
    inputs: readonly Value[],
    dtype: DataType,
    shape: Shape,
    attributes: Readonly<Record<string, number>> = {},
  ): Value => graph.add(operator, inputs, attributes, [{ dtype, shape }])[0]!;
}
