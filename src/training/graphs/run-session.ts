/** Running sessions of training, of which some outputs are gradients that go to their sums. */
import type { Feeds, Session } from '../../onnx/session.ts';
import type { GradientPart, GradientSums } from './gradient-sums.ts';

/**
 * A run, where some outputs are gradients that go to the sums.
 * @param gradients what the outputs of these names are.
 */
export function runInto(
  session: Session,
  feeds: Feeds,
  targets: Feeds,
  sums: GradientSums,
  gradients: ReadonlyMap<string, GradientPart>,
): void {
  session.run(feeds, { ...targets, ...sums.targets(gradients) });
  sums.take(gradients);
}

export const sumInput = (output: string): string => `sum.${output}`;

/** `runInto` of a graph that reads each gradient's sum, the input `sumInput` of its output, and puts out the new one. */
export function runOnto(
  session: Session,
  feeds: Feeds,
  targets: Feeds,
  sums: GradientSums,
  gradients: ReadonlyMap<string, GradientPart>,
): void {
  const begun = sums.begun(gradients);
  const read = Object.fromEntries(Object.entries(begun).map(([output, sum]) => [sumInput(output), sum]));
  session.run({ ...feeds, ...read }, { ...targets, ...begun }); // each is read and written in one place
}
