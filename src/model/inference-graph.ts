/**
 * GPT-2 as one graph that reads prompts, continues them and scores texts, with a key-value cache that it only reads: the new
 * keys and values are small outputs. (GroupQueryAttention could append to the cache in place, but onnxruntime-node 1.30
 * copies every output into fresh memory, so the whole cache would be copied at each step.) Weights stay in their files.
 */
import { GraphBuilder, type TensorType, type Value } from '../onnx/graph-builder.ts';
import { DATA_TYPE, type DataType } from '../onnx/model-proto.ts';
import {
  type Attend,
  embeddings,
  fromEmbeddings,
  headWeight,
  joinHeads,
  type Linear,
  linearLayer,
} from './gpt2-graph.ts';
import type { ModelFolder } from './model-folder.ts';
import { pairBeside } from './peft.ts';
import type { TensorEntry } from './safetensors.ts';

const STORED_AS: Readonly<Record<string, DataType>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/**
 * Inputs, for B rows of S new tokens each, of which row b may end early (what stands after its end is ignored), and P
 * positions of cache, of which row b may have filled fewer:
 *   input_ids, position_ids [B, S];
 *   attention_bias [B, 1, S, P + S]: 0 where a new token may look, -Infinity where it may not;
 *   heads_shape [5]: B, S, 3, H, C/H; past_and_new [2]: P and S;
 *   logits_at [N]: positions in [B·S] whose logits are wanted;
 *   temperature [], above 0, of the probabilities;
 *   past.{layer}.key, .value [B, H, P, C/H].
 * Outputs: logits [N, V]; their log_normalizer [N, 1], which turns them into log-probabilities; their probabilities [N, V]
 * at the temperature; last_hidden_state [B·S, C]; new.{layer}.key, .value [B, H, S, C/H].
 * @param locate the path of a file of weights, relative to the folder that the runtime is told.
 */
export function inferenceGraph(model: ModelFolder, locate: (file: string) => string): Uint8Array {
  const { config, weights, adapter } = model;
  const { n_embd: C, n_head: H } = config;
  const headSize = C / H;
  const graph = new GraphBuilder();
  const ids = graph.input('input_ids', 'int64', ['batch', 'sequence']);
  const positions = graph.input('position_ids', 'int64', ['batch', 'sequence']);
  const bias = graph.input('attention_bias', 'float32', ['batch', 1, 'sequence', 'past+sequence']);
  const headsShape = graph.input('heads_shape', 'int64', [5]);
  const HEADS: TensorType = { dtype: 'float32', shape: ['batch', 'sequence', 3, H, headSize] };
  const pastAndNew = graph.input('past_and_new', 'int64', [2]);
  const temperature = graph.input('temperature', 'float32', []);
  const logitsAt = graph.input('logits_at', 'int64', ['logits']);
  const int64 = (...elements: number[]) => graph.constant(elements, 'int64');

  const stored = ({ name, dtype, shape, offset, length }: TensorEntry, file: string): Value => {
    const type = STORED_AS[dtype];
    if (!type) throw new Error(`No graph can use ${name}, which is ${dtype}`);
    const value = graph.external(name, type, shape, { location: locate(file), offset, length });
    // The runtime folds the cast while it loads.
    return type === 'float32' ? value : graph.op('Cast', [value], { to: DATA_TYPE.float32 });
  };
  const weight = remembered((name: string): Value => {
    const entry = weights.tensors.get(name);
    if (!entry) throw new Error(`No tensor ${name}`);
    return stored(entry, weights.file);
  });
  const plainly = linearLayer(graph, weight);
  const linear: Linear = (x, name) => {
    const plain = plainly(x, name);
    const pair = pairBeside(adapter, name);
    if (!adapter || !pair) return plain;
    const [a, b] = pair.map((entry) => stored(entry, adapter.weights.file));
    const low = graph.op('FusedMatMul', [x, a ?? null], { transB: 1 }); // [rows, r]
    const added = graph.op('FusedMatMul', [low, b ?? null], { alpha: adapter.scale, transB: 1 });
    return graph.op('Add', [plain, added]);
  };
  const attend: Attend = (packed, layer) => {
    const past = (part: string) => graph.input(`past.${layer}.${part}`, 'float32', ['batch', H, 'past', headSize]);
    const [pastKeys, pastValues] = [past('key'), past('value')];
    const [split] = graph.add('Reshape', [packed, headsShape], {}, [HEADS]);
    const heads = graph.op('Transpose', [split ?? null], { perm: [2, 0, 3, 1, 4] }); // [3, B, H, S, C/H]
    const [q, k, v] = [0, 1, 2].map((index) => graph.op('Gather', [heads, graph.scalar(index, 'int64')], { axis: 0 }));
    if (!q || !k || !v) throw new Error('Queries, keys and values are three');
    graph.output(k, `new.${layer}.key`);
    graph.output(v, `new.${layer}.value`);

    const alpha = 1 / Math.sqrt(headSize);
    const toPast = graph.op('FusedMatMul', [q, pastKeys], { alpha, transB: 1 }); // [B, H, S, P]
    const toNew = graph.op('FusedMatMul', [q, k], { alpha, transB: 1 }); // [B, H, S, S]
    const scores = graph.op('Add', [graph.op('Concat', [toPast, toNew], { axis: 3 }), bias]);
    const [ofPast, ofNew] = graph.add('Split', [graph.op('Softmax', [scores], { axis: -1 }), pastAndNew], { axis: 3 }, [
      toPast,
      toNew,
    ]);
    const mixed = graph.op('Add', [
      graph.op('MatMul', [ofPast ?? null, pastValues]),
      graph.op('MatMul', [ofNew ?? null, v]),
    ]);
    return joinHeads(graph, mixed);
  };

  // Rows and positions are one axis wherever attention does not need to tell them apart: then bias and product are one kernel.
  const x = embeddings(graph, weight, { inputIds: ids, positionIds: positions }); // [B·S, C]
  const hidden = fromEmbeddings(graph, weight, config, { x, attend }, linear);
  graph.output(hidden, 'last_hidden_state');
  const wanted = graph.op('Gather', [hidden, logitsAt], { axis: 0 });
  const logits = graph.op('FusedMatMul', [wanted, weight(headWeight(config))], { transB: 1 });
  graph.output(logits, 'logits');
  graph.output(graph.op('Softmax', [graph.op('Div', [logits, temperature])], { axis: -1 }), 'probabilities');
  // The likeliest token's logit less its log-probability; a third of what ReduceLogSumExp takes.
  const likeliest = graph.op('ReduceMax', [graph.op('Softmax', [logits], { axis: -1 }), int64(-1)]);
  const largest = graph.op('ReduceMax', [logits, int64(-1)]);
  graph.output(graph.op('Sub', [largest, graph.op('Log', [likeliest])]), 'log_normalizer');
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
