import { distinct } from '../../scoring/repetition.ts';
import type { VoiceSample } from './voice-samples.ts';

export interface BeforeAfter {
  readonly before: number;
  readonly after: number;
}

/** Of two voices' samples, cut to the same number of tokens. */
export interface EqualCounts {
  readonly tokens: number;
  readonly one: BeforeAfter;
  readonly two: BeforeAfter;
}

/** distinct-1 and -2. Longer texts repeat more of themselves and of each other, so both sides are cut to as many tokens. */
export function distinctAtEqualCounts(
  before: readonly Pick<VoiceSample, 'tokens'>[],
  after: readonly Pick<VoiceSample, 'tokens'>[],
): EqualCounts {
  const of = (samples: readonly Pick<VoiceSample, 'tokens'>[]) => samples.flatMap(({ tokens }) => tokens);
  const [former, taught] = [of(before), of(after)];
  const tokens = Math.min(former.length, taught.length);
  const at = (n: number): BeforeAfter => ({
    before: distinct(former.slice(0, tokens), n),
    after: distinct(taught.slice(0, tokens), n),
  });
  return { tokens, one: at(1), two: at(2) };
}
