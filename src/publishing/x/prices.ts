/** What X asks for each call. Knows nothing of budgets. */
import { findLinks } from './count-weights.ts';

/** Of X's pay-per-use plan: https://docs.x.com/x-api/getting-started/pricing */
export const PRICES = {
  asOf: '2026-11',
  /** US dollars for one request that creates a post. */
  post: 0.015,
  postWithLink: 0.2,
  /** A reply to somebody who spoke to the account first. */
  summonedReply: 0.01,
  /** US dollars for each resource in an answer; the same one is charged once a day (UTC). */
  ownRead: 0.001,
  postRead: 0.005,
  userRead: 0.01,
  deletion: 0.01,
  /** Saying what a picture shows. */
  description: 0.005,
} as const;

export type Call =
  | { readonly kind: 'post'; readonly text: string; readonly isReply: boolean }
  /** Its own posts and what mentions it. */
  | { readonly kind: 'own read'; readonly count: number; readonly people?: number }
  /** `people`: who wrote them, where the answer tells of them too. */
  | { readonly kind: 'post read'; readonly count: number; readonly people?: number }
  | { readonly kind: 'user read'; readonly count: number }
  | { readonly kind: 'deletion' | 'description' }
  /** What X's table of prices does not name: uploading a picture. */
  | { readonly kind: 'unpriced' };

/** US dollars. What X takes a link for costs more than ten posts, so a link in a reply is counted as one too. */
export function costOf(call: Call): number {
  switch (call.kind) {
    case 'post':
      if (findLinks(call.text).length > 0) return PRICES.postWithLink;
      return call.isReply ? PRICES.summonedReply : PRICES.post;
    case 'own read':
      return call.count * PRICES.ownRead + (call.people ?? 0) * PRICES.userRead;
    case 'post read':
      return call.count * PRICES.postRead + (call.people ?? 0) * PRICES.userRead;
    case 'user read':
      return call.count * PRICES.userRead;
    case 'deletion':
    case 'description':
      return PRICES[call.kind];
    case 'unpriced':
      return 0;
  }
}
