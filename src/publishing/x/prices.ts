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
} as const;

export type Call =
  | { readonly kind: 'post'; readonly text: string; readonly isReply: boolean }
  /** The account itself, its own posts and what mentions it. */
  | { readonly kind: 'own read'; readonly count: number }
  | { readonly kind: 'post read'; readonly count: number }
  | { readonly kind: 'user read'; readonly count: number }
  /** What X's table of prices does not name: deleting a post, uploading a picture, renewing a token. */
  | { readonly kind: 'unpriced' };

/** US dollars. What X takes a link for costs more than ten posts, so a link in a reply is counted as one too. */
export function costOf(call: Call): number {
  switch (call.kind) {
    case 'post':
      if (findLinks(call.text).length > 0) return PRICES.postWithLink;
      return call.isReply ? PRICES.summonedReply : PRICES.post;
    case 'own read':
      return call.count * PRICES.ownRead;
    case 'post read':
      return call.count * PRICES.postRead;
    case 'user read':
      return call.count * PRICES.userRead;
    case 'unpriced':
      return 0;
  }
}
