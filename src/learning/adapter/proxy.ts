/** The gate's selector: it learned from decisions that the adapter did not, so it cannot simply recognise what was taught. A proxy all the same. */
import type { Example, Measured } from '../selector/example.ts';
import { probabilityOf, trainSelector } from '../selector/selector.ts';
import { isTaught } from './taught-texts.ts';
import type { VoiceSample } from './voice-samples.ts';

export interface Rater {
  /** Decisions that it learned from. */
  readonly decisions: number;
  rate(samples: readonly VoiceSample[]): Promise<readonly number[]>;
}

/** Nothing where the other decisions are too few, or all of one kind. */
export function proxyOf(
  examples: readonly Example[],
  measure: (samples: readonly VoiceSample[]) => Promise<readonly Measured[]>,
): Rater | undefined {
  const others = examples.filter(({ draft }) => !isTaught(draft));
  const selector = trainSelector(others);
  if (selector.ignorance !== null) return undefined;
  return {
    decisions: selector.decisions,
    async rate(samples) {
      return (await measure(samples)).map((measured) => probabilityOf(selector, measured));
    },
  };
}
