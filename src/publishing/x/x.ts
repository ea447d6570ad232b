/** X, through its API 2. It knows no key for a post, so that one whose fate is unknown is looked for, sent again once at most, then held. */
import type { SendTweetV2Params, TweetV2PostTweetResult, UserV2Result } from 'twitter-api-v2';
import { WorldError } from '../../errors.ts';
import { isVisible } from '../../review/is-visible.ts';
import type { Account } from '../account.ts';
import { discloses, saysWhoRunsIt } from '../discloses.ts';
import {
  AccountError,
  type AccountFacts,
  type Network,
  type OutgoingPost,
  Refusal,
  type Visibility,
} from '../network.ts';
import { countWeights, MOST_WEIGHT } from './count-weights.ts';
import { findOwn, ownPosts } from './own-posts.ts';
import { idOf, urlOf } from './post-url.ts';
import { isSummons, type ReadPost, readMentions, readPost, readThread } from './read-posts.ts';
import { LIMITS, rulesOfX } from './rules.ts';
import { uploadMedia } from './upload-media.ts';
import { strangeAnswer, type XApi, xApi } from './x-api.ts';

export function xNetwork(account: Account<'x'>, options: { readonly deadlineMs?: number } = {}): Network {
  const api = xApi(account, options);
  let known = api.userId;
  const userId = async () => (known ??= (await readMe(api)).data.id);

  return {
    name: 'x',
    identity: async () => `x:${await userId()}`,
    length: { max: MOST_WEIGHT, count: countWeights },

    async verify() {
      const me = await readMe(api);
      known = me.data.id;
      return factsOf(me);
    },

    async newestOwnId() {
      const { data = [] } = await ownPosts(api, await userId(), { max_results: 5 });
      return data
        .map(({ id }) => id)
        .reduce<string | null>((a, b) => (a !== null && BigInt(a) > BigInt(b) ? a : b), null);
    },

    async publish(post) {
      const body = await beforeSending(() => bodyOf(api, account, post, userId));
      const answer = await api.ask(
        ({ v2 }) => v2.post<TweetV2PostTweetResult>('tweets', body),
        () => ({ kind: 'post', text: post.text, isReply: post.inReplyTo !== null && post.isThread !== true }),
      );
      const id: unknown = answer?.data?.id;
      if (typeof id !== 'string' || !/^\d+$/.test(id)) throw strangeAnswer('the id of the post');
      return { id, url: urlOf(id) };
    },

    find: async (post) => findOwn(api, await userId(), post, account.now()),

    async *mentions(since, onUnreadable) {
      yield* readMentions(api, await userId(), { since, onUnreadable });
    },

    thread: async (id) => readThread(api, idOf(id), await userId()),

    async outcome(id) {
      const { post } = await readPost(api, idOf(id), await userId());
      const metrics = post.public_metrics;
      if (metrics === undefined) throw strangeAnswer('the numbers of a post');
      return {
        likes: metrics.like_count,
        boosts: metrics.retweet_count + metrics.quote_count,
        replies: metrics.reply_count,
      };
    },

    async remove(id) {
      try {
        await api.ask(
          ({ v2 }) => v2.deleteTweet(idOf(id)),
          () => ({ kind: 'deletion' }),
        );
      } catch (error) {
        if (!(error instanceof Refusal && error.message.startsWith('X answered 404'))) throw error;
      }
    },
  };
}

/** Whatever fails here, the post itself was not sent. */
async function beforeSending<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal || !(error instanceof WorldError)) throw error;
    throw new Refusal(`Nothing was posted: ${error.message}`, { retryable: true, cause: error });
  }
}

type Body = SendTweetV2Params;

const MOST_MEDIA = 4;

async function bodyOf(
  api: XApi,
  { settings }: Account<'x'>,
  { text, inReplyTo, isThread = false, options }: OutgoingPost,
  userId: () => Promise<string>,
): Promise<Body> {
  const media = options.media ?? [];
  refuseWhatXDoes(text, media.length, options.visibility);
  const answered = inReplyTo === null ? undefined : idOf(inReplyTo);
  // What the account itself posted a moment ago may not be there to be read yet.
  const replyTo = async (id: string) =>
    isThread ? { in_reply_to_tweet_id: id } : summonedBy(api, id, { text, ownId: await userId() });
  const target = answered === undefined ? undefined : await replyTo(answered);
  const ids: string[] = [];
  for (const picture of media) ids.push(await uploadMedia(api, picture));
  const replySettings = options.replySettings ?? settings.replySettings;
  return {
    text,
    ...(target === undefined ? {} : { reply: target }),
    ...(target === undefined && replySettings ? { reply_settings: REPLY_SETTINGS[replySettings] } : {}),
    // Without `made_with_ai`: that is said of generated pictures, and these are their owner's; of texts the profile says it.
    ...(ids.length > 0 ? { media: { media_ids: ids as [string] } } : {}),
  };
}

const REPLY_SETTINGS = { following: 'following', mentioned: 'mentionedUsers' } as const;

function refuseWhatXDoes(text: string, media: number, visibility: Visibility = 'public'): void {
  const weight = countWeights(text);
  const complaint =
    ((visibility === 'followers' || visibility === 'direct') && `posts for everyone, found one for ${visibility}`) ||
    (!isVisible(text) && media === 0 && 'a text, found nothing that can be seen') ||
    (weight > MOST_WEIGHT && `a text of at most ${MOST_WEIGHT} as X counts, found ${weight}`) ||
    ((text.match(/(?<![\w$])\$[A-Za-z]{1,6}\b/g) ?? []).length > 1 && 'one cashtag at most, found more') ||
    (media > MOST_MEDIA && `at most ${MOST_MEDIA} pictures, found ${media}`);
  if (complaint) throw new Refusal(`X takes ${complaint}`, { retryable: false });
}

/** X lets an account answer only those who spoke to it first. It adds all whom they named; those did not, and are left in peace. */
async function summonedBy(
  api: XApi,
  id: string,
  { text, ownId }: { readonly text: string; readonly ownId: string },
): Promise<NonNullable<Body['reply']>> {
  const read = await readPost(api, id, ownId);
  if (!isSummons(read, ownId) && !(await quotesOwn(api, read, ownId))) {
    throw new Refusal('X allows a reply only to those who mention, answer or quote the account; this post does not', {
      retryable: false,
    });
  }
  const { author_id: author, entities } = read.post;
  if (author === ownId) return { in_reply_to_tweet_id: id }; // whom it names is whom the account speaks to
  const bystanders = (entities?.mentions ?? [])
    .filter(({ username }) => !text.toLowerCase().includes(`@${username.toLowerCase()}`))
    .flatMap((named) => (named.id === undefined || named.id === ownId || named.id === author ? [] : [named.id]));
  return {
    in_reply_to_tweet_id: id,
    ...(bystanders.length > 0 && { exclude_reply_user_ids: [...new Set(bystanders)] }),
  };
}

/** Of a quoted post only the id is told. */
async function quotesOwn(api: XApi, { post }: ReadPost, ownId: string): Promise<boolean> {
  const quoted = post.referenced_tweets?.find(({ type }) => type === 'quoted');
  return quoted !== undefined && (await readPost(api, quoted.id, ownId)).thread.isOwn;
}

async function readMe(api: XApi) {
  const answer = await api.ask(
    async ({ v2 }) => {
      const query = { 'user.fields': 'description,protected,public_metrics' };
      const { data, headers } = await v2.get<UserV2Result>('users/me', query, { fullResponse: true });
      return { data: data?.data, access: headers['x-access-level'] };
    },
    (me) => ({ kind: 'user read', count: me?.data ? 1 : 0 }),
  );
  if (typeof answer.data?.id !== 'string') throw strangeAnswer('the account');
  return answer;
}

function factsOf({ data, access }: Awaited<ReturnType<typeof readMe>>): AccountFacts {
  if (access === 'read') {
    throw new AccountError(
      'X lets this token only read: give the app «Read and write» in its settings, then make a new token',
    );
  }
  return {
    id: data.id,
    name: `@${data.username}`,
    url: `https://x.com/${data.username}`,
    isBot: null,
    discloses: discloses(data.description ?? ''),
    saysWhoRunsIt: saysWhoRunsIt(data.description ?? ''),
    scopes: typeof access === 'string' ? [access] : null,
    limits: LIMITS,
    rules: rulesOfX(),
  };
}
