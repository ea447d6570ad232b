/** Finds a post whose fate is unknown among the account's own. */
import type { TweetV2, TweetV2PaginableTimelineResult } from 'twitter-api-v2';
import type { Found, SentPost } from '../network.ts';
import { isSameText } from './post-text.ts';
import { idOf, urlOf } from './post-url.ts';
import { strangeAnswer, type XApi } from './x-api.ts';

/** X has no key by which it would know a post again, and a post may take a while to appear: so it is looked for again so long after it was first missed. */
const LOOKS_MS = [30_000, 2 * 60_000, 10 * 60_000];
/** From the first attempt on, after a second: there is no third. */
const HELD_AFTER_MS = 20 * 60_000;
/** X's clock and this one's may differ. */
const SKEW_MS = 10 * 60_000;

const MOST_PAGES = 10;

export async function findOwn(api: XApi, userId: string, post: SentPost, now: Date): Promise<Found> {
  const found = (await ownPostsSince(api, userId, post.cursor)).find((candidate) => isIt(candidate, post));
  if (found) return { kind: 'there', id: found.id, url: urlOf(found.id) };

  // Of a first look long after, X may not show yet what it shows minutes later: it counts from then, not from the sending.
  const missedMs =
    now.getTime() - Date.parse(post.missedAt === undefined ? post.startedAt : (post.missedAt ?? now.toISOString()));
  const elapsedMs = now.getTime() - Date.parse(post.startedAt);
  if (post.attempts > 1) {
    const waitMs = Math.max(HELD_AFTER_MS - elapsedMs, LOOKS_MS.at(-1)! - missedMs);
    if (waitMs > 0) return { kind: 'look again', afterMs: waitMs };
    return {
      kind: 'cannot tell',
      reason: `X was sent it ${post.attempts} times without a clear answer, and it is not among the account's posts`,
    };
  }
  const next = LOOKS_MS.find((ms) => ms > missedMs);
  return next === undefined ? { kind: 'absent' } : { kind: 'look again', afterMs: next - missedMs };
}

function isIt(candidate: TweetV2, post: SentPost): boolean {
  const answered = candidate.referenced_tweets?.find(({ type }) => type === 'replied_to')?.id ?? null;
  return (
    answered === (post.inReplyTo === null ? null : idOf(post.inReplyTo)) &&
    Date.parse(candidate.created_at ?? '') >= Date.parse(post.startedAt) - SKEW_MS &&
    isSameText(post.text, candidate)
  );
}

/** Without a cursor: the newest, since the account had none before. @throws WorldError when there are too many to see the end. */
async function ownPostsSince(api: XApi, userId: string, cursor: string | null): Promise<readonly TweetV2[]> {
  const posts: TweetV2[] = [];
  let pageToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await ownPosts(api, userId, {
      max_results: 100,
      ...(cursor === null ? {} : { since_id: cursor }),
      ...(pageToken === undefined ? {} : { pagination_token: pageToken }),
    });
    posts.push(...(answer.data ?? []));
    pageToken = answer.meta.next_token;
    if (pageToken === undefined) return posts;
  }
  throw strangeAnswer(`an end to the account's posts after ${posts.length}`);
}

export async function ownPosts(
  api: XApi,
  userId: string,
  query: { readonly max_results: number; readonly since_id?: string; readonly pagination_token?: string },
): Promise<TweetV2PaginableTimelineResult> {
  const answer = await api.ask(
    ({ v2 }) =>
      v2.get<TweetV2PaginableTimelineResult>(`users/${userId}/tweets`, {
        ...query,
        'tweet.fields': 'created_at,entities,note_tweet,referenced_tweets',
      }),
    (timeline) => ({ kind: 'own read', count: timeline?.data?.length ?? 0 }),
  );
  // An empty timeline has a count of 0; a page of HTML has none.
  if (typeof answer?.meta?.result_count !== 'number') throw strangeAnswer("the account's posts");
  return answer;
}
