/** Posts of others and what is around them, as the rest of the program knows them. */
import type {
  ApiV2Includes,
  TweetV2,
  TweetV2PaginableTimelineResult,
  TweetV2SingleResult,
  UserV2,
} from 'twitter-api-v2';
import { type Author, type Mention, Refusal, type ThreadPost } from '../network.ts';
import { textOf } from './post-text.ts';
import { urlOf } from './post-url.ts';
import { strangeAnswer, type XApi } from './x-api.ts';

const FIELDS = {
  'tweet.fields':
    'author_id,conversation_id,created_at,entities,in_reply_to_user_id,lang,note_tweet,public_metrics,referenced_tweets',
  'user.fields': 'connection_status,description,protected',
  expansions: 'author_id',
};

export interface ReadPost {
  readonly post: TweetV2;
  readonly thread: ThreadPost;
}

/** @throws Refusal when X does not show it: it is gone, or its author lets only others see it. */
export async function readPost(api: XApi, id: string, ownId: string): Promise<ReadPost> {
  const answer = await api.ask(
    ({ v2 }) => v2.get<Partial<TweetV2SingleResult>>(`tweets/${id}`, FIELDS),
    (single) => ({ kind: 'post read', count: single?.data ? 1 : 0, people: peopleIn(single, ownId) }),
  );
  if (answer?.data?.id === id) return { post: answer.data, thread: threadPost(answer.data, answer.includes, ownId) };
  if (answer?.errors?.length) throw new Refusal(`X does not show the post ${id}`, { retryable: false });
  throw strangeAnswer('the post that was asked for');
}

/** Others whom an answer tells of: X may ask for each as for one that is looked up. */
const peopleIn = (answer: { readonly includes?: ApiV2Includes } | undefined, ownId: string) =>
  (answer?.includes?.users ?? []).filter(({ id }) => id !== ownId).length;

/** What a model can take in is shorter, and each post costs money. */
const LONGEST_THREAD = 20;

/**
 * Upwards from answer to answer: a search by the conversation's id would bring, and charge, all that anybody said in it.
 * Where it is too long, or a post is gone, it begins in the middle.
 */
export async function readThread(api: XApi, id: string, ownId: string): Promise<readonly ThreadPost[]> {
  const posts: ThreadPost[] = [];
  for (let next: string | null = id; next !== null && posts.length < LONGEST_THREAD; ) {
    const read: ReadPost | undefined = await readPost(api, next, ownId).catch((error) => {
      if (error instanceof Refusal && !error.retryable && posts.length > 0) return undefined;
      throw error;
    });
    if (read === undefined) break;
    posts.unshift(read.thread);
    next = read.thread.inReplyTo;
  }
  return posts;
}

/** Whether nothing is missing without which it is no post. */
function isReadable(post: Partial<TweetV2> | null): boolean {
  const { id, text, author_id: author, created_at: at = '1970-01-01' } = post ?? {};
  return (
    /^\d+$/.test(id ?? '') && typeof text === 'string' && typeof author === 'string' && !Number.isNaN(Date.parse(at))
  );
}

/** X shows the newest 800. */
const MOST_PAGES = 8;

/** Oldest first; X gives the newest first, so that all are read before the first is given. Without `since`, one page. */
export async function* readMentions(
  api: XApi,
  userId: string,
  { since, onUnreadable }: { readonly since: string | null; readonly onUnreadable: (() => void) | undefined },
): AsyncGenerator<Mention> {
  const pages: TweetV2PaginableTimelineResult[] = [];
  let pageToken: string | undefined;
  do {
    const query = {
      ...FIELDS,
      max_results: 100,
      ...(since === null ? {} : { since_id: since }),
      ...(pageToken === undefined ? {} : { pagination_token: pageToken }),
    };
    const answer = await api.ask(
      ({ v2 }) => v2.get<TweetV2PaginableTimelineResult>(`users/${userId}/mentions`, query),
      (timeline) => ({ kind: 'own read', count: timeline?.data?.length ?? 0, people: peopleIn(timeline, userId) }),
    );
    if (typeof answer?.meta?.result_count !== 'number') throw strangeAnswer('the mentions');
    pages.push(answer);
    pageToken = answer.meta.next_token;
  } while (pageToken !== undefined && since !== null && pages.length < MOST_PAGES);

  const mentions = pages
    .flatMap(({ data, includes }) =>
      (data ?? []).flatMap((post) => {
        if (isReadable(post)) return [threadPost(post, includes, userId)];
        onUnreadable?.();
        return [];
      }),
    )
    .filter(({ isOwn }) => !isOwn)
    .toSorted((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1)); // ids grow with time
  for (const post of mentions) yield { cursor: post.id, post };
}

/** Whether its author spoke to the account: by name, by answering it, or in a conversation with itself. */
export function isSummons({ post }: ReadPost, ownId: string): boolean {
  return (
    post.author_id === ownId ||
    post.in_reply_to_user_id === ownId ||
    (post.entities?.mentions ?? []).some(({ id }) => id === ownId)
  );
}

function threadPost(post: TweetV2, includes: ApiV2Includes | undefined, ownId: string): ThreadPost {
  const user = includes?.users?.find(({ id }) => id === post.author_id);
  return {
    id: post.id,
    url: urlOf(post.id),
    author: authorOf(user, post.author_id ?? ''),
    isOwn: post.author_id === ownId,
    text: textOf(post),
    at: new Date(post.created_at ?? 0).toISOString(),
    inReplyTo: post.referenced_tweets?.find(({ type }) => type === 'replied_to')?.id ?? null,
    visibility: user?.protected ? 'followers' : 'public',
    language: post.lang === undefined || post.lang === 'und' ? null : post.lang,
  };
}

/** X does not tell which accounts bear its «Automated» label. */
function authorOf(user: UserV2 | undefined, id: string): Author {
  return {
    id,
    name: `@${user?.username ?? id}`,
    displayName: user?.name ?? '',
    isBot: /#bot\b/i.test(user?.description ?? ''),
    refusesBots: /#no-?bots?\b/i.test(user?.description ?? ''),
    isBlocked: (user?.connection_status ?? []).some((status) => status === 'blocking' || status === 'muting'),
  };
}
