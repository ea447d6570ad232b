/** Running sessions without leaving their outputs to the garbage collector, which would let hundreds of megabytes wait. */
import type * as ort from 'onnxruntime-node';
import type { GradientPart, GradientSums } from './gradient-sums.ts';

export type Feeds = Record<string, ort.Tensor>;

/** Gives a tensor's memory back now; what is allocated next finds it warm. */
export function freeTensor(tensor: ort.Tensor): void {
  const { buffer } = tensor.data as Float32Array<ArrayBuffer>;
  buffer.transfer(0);
}

/**
 * Runs a session and adds those of its outputs that are gradients to the sums; the others are the caller's.
 * @param gradients what the outputs of these names are.
 */
export async function runInto(
  session: ort.InferenceSession,
  feeds: Feeds,
  sums: GradientSums,
  gradients: ReadonlyMap<string, GradientPart>,
): Promise<ort.InferenceSession.ReturnType> {
  const fetches = session.outputNames.map((output) => {
    const part = gradients.get(output);
    return [output, (part && sums.target(part)) ?? null] as const;
  });
  const outputs = await session.run(feeds, Object.fromEntries(fetches));
  for (const [output, part] of gradients) sums.take(part, outputs[output]!);
  return outputs;
}
