/** Every request to a server of Bluesky: ended in time, never redirected, and not sent where the server said that it would refuse it. */
import { parseRateLimitHeaders } from '@atcute/client';
import { Refusal } from '../network.ts';
import { waitOf } from './answers.ts';

/** Until when a method is not to be called, by its name; milliseconds since 1970. */
export type Limits = Map<string, number>;

/** How many posts or readings the server still takes until it begins to count anew. */
export interface ToldLimit {
  readonly kind: 'post' | 'read';
  readonly remaining: number;
  readonly resetAt: Date;
}

export interface LimitedFetchOptions {
  readonly limits: Limits;
  readonly now: () => Date;
  readonly timeoutMs: number;
  readonly limited?: (limit: ToldLimit) => Promise<void>;
}

/** The server counts points: a new record costs 3, all else at most 1 (createRecord.ts of the PDS). */
const CREATE_POINTS = 3;

export function limitedFetch({ limits, now, timeoutMs, limited }: LimitedFetchOptions): typeof fetch {
  return async (input, init) => {
    const method = methodOf(input);
    const waitMs = (limits.get(method) ?? 0) - now().getTime();
    if (waitMs > 0) {
      throw new Refusal(`Bluesky: the limit of ${method} is reached`, { retryable: true, retryAfterMs: waitMs });
    }
    // Redirected, a request for a session would hand the password on.
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(init?.signal ? [init.signal] : [])]);
    const response = await fetch(input, { ...init, redirect: 'error', signal });
    await note(method, response);
    return response;
  };

  async function note(method: string, { status, headers }: Response): Promise<void> {
    const info = parseRateLimitHeaders(headers);
    const points = method.endsWith('.createRecord') ? CREATE_POINTS : 1;
    const remaining = status === 429 ? 0 : Math.floor((info?.remaining ?? Number.POSITIVE_INFINITY) / points);
    const waitMs = waitOf(headers, now());
    if (waitMs === undefined) return;
    const resetAt = new Date(now().getTime() + waitMs);
    if (remaining < 1) limits.set(method, resetAt.getTime());
    const kind = KINDS[method];
    if (kind && Number.isFinite(remaining)) await limited?.({ kind, remaining, resetAt });
  }
}

/** Signing in has a limit of its own, and is neither. */
const KINDS: Readonly<Record<string, ToldLimit['kind']>> = {
  'com.atproto.repo.createRecord': 'post',
  'app.bsky.notification.listNotifications': 'read',
  'app.bsky.feed.getPostThread': 'read',
  'app.bsky.feed.getPosts': 'read',
};

function methodOf(input: string | URL | Request): string {
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  return pathname.slice(pathname.lastIndexOf('/') + 1);
}
