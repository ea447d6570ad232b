import type { Visibility } from './network.ts';

const FROM_WIDE_TO_NARROW: readonly Visibility[] = ['public', 'unlisted', 'followers', 'direct'];

/** What fewer see. */
export function narrower(one: Visibility, other: Visibility): Visibility {
  return FROM_WIDE_TO_NARROW.indexOf(one) > FROM_WIDE_TO_NARROW.indexOf(other) ? one : other;
}
