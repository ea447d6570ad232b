/** Running sessions without leaving their outputs to the garbage collector, which would let hundreds of megabytes wait. */
import type * as ort from 'onnxruntime-node';
import type { GradientSums } from './gradient-sums.ts';

export type Feeds = Record<string, ort.Tensor>;

/** Gives a tensor's memory back now; what is allocated next finds it warm. */
export function freeTensor(tensor: ort.Tensor): void {
  const { buffer } = tensor.data as Float32Array<ArrayBuffer>;
  buffer.transfer(0);
}

export interface Into {
  readonly sums: GradientSums;
  /** What the graph calls that which moves, and its whole name. */
  readonly moving: readonly (readonly [string, string])[];
  /** Tensors of the same sizes, by the graph's names. */
  readonly dims: Feeds;
}

/** Runs a session and adds its outputs `gradient.<name>` to the sums; the other outputs are the caller's. */
export async function runInto(session: ort.InferenceSession, feeds: Feeds, { sums, moving, dims }: Into) {
  const fetches: Record<string, ort.Tensor | null> = Object.fromEntries(
    session.outputNames.map((name) => [name, null]),
  );
  for (const [name, whole] of moving) fetches[`gradient.${name}`] = sums.target(whole, dims[name]!.dims) ?? null;
  const outputs = await session.run(feeds, fetches);
  for (const [name, whole] of moving) sums.take(whole, outputs[`gradient.${name}`]!);
  return outputs;
}
