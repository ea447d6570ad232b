import { createHash } from 'node:crypto';
import { create } from '@atcute/tid';

/** 1990-01-01 in microseconds since 1970. With 49 bits after it no key is of a moment after 2007: no other client can make the same one. */
const FIRST = 631_152_000_000_000;
const TIME_BITS = 49n;
const CLOCK_BITS = 10n;

/**
 * The record key (a TID, https://atproto.com/specs/tid) under which the post of an idempotency key stands. The same key
 * gives the same record key, so that a repository can hold one post for it, however often and by whomever it is sent.
 */
export function recordKey(key: string): string {
  const bits = createHash('sha256').update(key).digest().readBigUInt64BE() >> (64n - TIME_BITS - CLOCK_BITS);
  return create(FIRST + Number(bits >> CLOCK_BITS), Number(bits & ((1n << CLOCK_BITS) - 1n)));
}
