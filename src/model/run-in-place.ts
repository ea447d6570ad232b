/**
 * Running a session so that everything is written where it is wanted. onnxruntime-node 1.30 copies every output into new memory,
 * also what it has just written into a tensor that it was given: half a gigabyte a step of training, megabytes a token of writing.
 * It gives up before the first copy where an output is of a kind that it cannot return, and by then everything is written. A
 * version that can return it, or that copies nothing, changes nothing here but the time that it takes.
 */
import type * as ort from 'onnxruntime-node';
import type { GraphBuilder } from '../onnx/graph-builder.ts';

export type Feeds = Record<string, ort.Tensor>;

const UNREAD = 'unread';

/** To be called before the graph has any other output. */
export function writesInPlace(graph: GraphBuilder): void {
  const type = { dtype: 'float32', shape: [], isSequence: true } as const;
  for (const sequence of graph.add('SequenceConstruct', [graph.scalar(0)], {}, [type])) graph.output(sequence, UNREAD);
}

/**
 * Runs a session whose graph was prepared by `writesInPlace`.
 * @param targets where each output that is wanted is written.
 */
export async function runInPlace(session: ort.InferenceSession, feeds: Feeds, targets: Feeds): Promise<void> {
  try {
    await session.run(feeds, { [UNREAD]: null, ...targets });
  } catch (error) {
    const isAllWritten = error instanceof Error && error.message.startsWith('Non tensor type');
    if (!isAllWritten) throw error;
  }
}
