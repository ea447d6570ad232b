/** Running sessions of training, of which some outputs are gradients that go to their sums. */
import type * as ort from 'onnxruntime-node';
import { type Feeds, runInPlace } from '../../model/run-in-place.ts';
import type { GradientPart, GradientSums } from './gradient-sums.ts';

/**
 * `runInPlace`, where some outputs are gradients that go to the sums.
 * @param gradients what the outputs of these names are.
 */
export async function runInto(
  session: ort.InferenceSession,
  feeds: Feeds,
  targets: Feeds,
  sums: GradientSums,
  gradients: ReadonlyMap<string, GradientPart>,
): Promise<void> {
  await runInPlace(session, feeds, { ...targets, ...sums.targets(gradients) });
  sums.take(gradients);
}

export const sumInput = (output: string): string => `sum.${output}`;

/** `runInto` of a graph that reads each gradient's sum, the input `sumInput` of its output, and puts out the new one. */
export async function runOnto(
  session: ort.InferenceSession,
  feeds: Feeds,
  targets: Feeds,
  sums: GradientSums,
  gradients: ReadonlyMap<string, GradientPart>,
): Promise<void> {
  const begun = sums.begun(gradients);
  const read = Object.fromEntries(Object.entries(begun).map(([output, sum]) => [sumInput(output), sum]));
  await runInPlace(session, { ...feeds, ...read }, { ...targets, ...begun }); // each is read and written in one place
}
