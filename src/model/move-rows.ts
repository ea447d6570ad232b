/** Moves rows of caches within the memory of a GPU. */
import * as ort from 'onnxruntime-node';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import type { Gpt2Config } from './gpt2-config.ts';
import { int64 } from './graph-feeds.ts';
import { cachedHeadSize } from './inference-graph.ts';

/**
 * @param parts of each block its tensors, [rows, heads, its capacity, head size].
 * @param order for each row that comes out, which one of all rows of all blocks it is.
 * @returns tensors of [rows, heads, capacity, head size]; those that went in stay as they are.
 */
export type MoveRows = (
  parts: readonly (readonly ort.Tensor[])[],
  order: readonly number[],
  capacity: number,
) => Promise<readonly ort.Tensor[]>;

export interface RowMover {
  readonly move: MoveRows;
  release(): Promise<void>;
}

export function rowMover(config: Gpt2Config, provider: string): RowMover {
  const tensors = 2 * config.n_layer;
  /** By the number of blocks that are put together: one, or two. */
  const sessions = new Map<number, Promise<ort.InferenceSession>>();

  function sessionFor(blocks: number): Promise<ort.InferenceSession> {
    const known = sessions.get(blocks);
    if (known) return known;
    const opening = ort.InferenceSession.create(movingGraph(config, blocks), {
      executionProviders: [provider],
      preferredOutputLocation: 'gpu-buffer', // every run fetches every output: one that is left out keeps its old place
      logSeverityLevel: ERRORS,
    });
    sessions.set(blocks, opening);
    return opening;
  }

  const move: MoveRows = async (parts, order, capacity) => {
    const [first = [], second, ...rest] = parts;
    if (rest.length > 0) {
      const joined = await move([first, second!], everyRow([first, second!]), capacity);
      const moved = await move([joined, ...rest], order, capacity);
      for (const tensor of joined) tensor.dispose();
      return moved;
    }
    const session = await sessionFor(parts.length);
    const feeds: Record<string, ort.Tensor> = { order: int64(order), capacity: int64([capacity]) };
    for (const [part, block] of parts.entries()) {
      feeds[`pads.${part}`] = int64([0, 0, 0, 0, 0, 0, Math.max(0, capacity - block[0]!.dims[2]!), 0]);
      for (const [index, tensor] of block.entries()) feeds[`from.${part}.${index}`] = tensor;
    }
    const results = await session.run(feeds);
    return Array.from({ length: tensors }, (_, index) => results[`to.${index}`]!);
  };

  return {
    move,
    async release() {
      for (const session of sessions.values()) await (await session).release();
      sessions.clear();
    },
  };
}

const everyRow = (parts: readonly (readonly ort.Tensor[])[]) =>
  Array.from({ length: parts.reduce((sum, [tensor]) => sum + tensor!.dims[0]!, 0) }, (_, row) => row);

/** The runtime warns of every node that it leaves to the CPU, which it does with shapes on purpose. */
export const ERRORS = 3;

/**
 * Inputs: from.{block}.{index} [rows of the block, H, its capacity, D] for each tensor of a cache, pads.{block} [8] as `Pad`
 * wants them, capacity [1], order [rows]. Outputs: to.{index} [rows, H, capacity, D].
 */
function movingGraph(config: Gpt2Config, blocks: number): Uint8Array {
  const { n_layer: L, n_head: H } = config;
  const D = cachedHeadSize(config);
  const graph = new GraphBuilder();
  const order = graph.input('order', 'int64', ['rows']);
  const capacity = graph.input('capacity', 'int64', [1]);
  const pads = Array.from({ length: blocks }, (_, block) => graph.input(`pads.${block}`, 'int64', [8]));
  const [from, axis] = [graph.constant([0], 'int64'), graph.constant([2], 'int64')];
  const made = (operator: string, inputs: Value[], rows: string, length: string, axis?: number) => {
    const type = { dtype: 'float32' as const, shape: [rows, H, length, D] };
    return graph.add(operator, inputs, axis === undefined ? {} : { axis }, [type])[0]!;
  };

  for (let index = 0; index < 2 * L; index++) {
    const fitted = pads.map((pad, block) => {
      const whole = graph.input(`from.${block}.${index}`, 'float32', [`rows${block}`, H, `capacity${block}`, D]);
      const cut = made('Slice', [whole, from, capacity, axis], `rows${block}`, `cut${block}`);
      return made('Pad', [cut, pad], `rows${block}`, 'capacity');
    });
    const joined = fitted.length === 1 ? fitted[0]! : made('Concat', fitted, 'all', 'capacity', 0);
    graph.output(made('Gather', [joined, order], 'rows', 'capacity', 0), `to.${index}`);
  }
  return graph.encode();
}
