/** Moments whose month is a word: `Wed Oct 10 20:19:24 +0000 2018`, `Wed, 10 Oct 2018 20:19:24 +0000`. */
import { fromMilliseconds } from './instant.ts';

/** English month names only, as the protocols prescribe them, and never without a zone. */
const ZONED = /^\w{3},? (?:\w{3} \d{1,2} [\d:]{8} [+-]\d{4} \d{4}|\d{1,2} \w{3} \d{4} [\d:]{8} (?:[+-]\d{4}|GMT|UTC))$/;

/** As ISO 8601 in UTC; null for anything else. */
export function fromNamedMonth(value: string): string | null {
  const trimmed = value.trim();
  return ZONED.test(trimmed) ? fromMilliseconds(Date.parse(trimmed)) : null;
}
