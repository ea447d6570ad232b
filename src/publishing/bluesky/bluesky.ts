/** Bluesky. A post's place in its repository follows from its key, so that a repository never holds two posts for one key. */

import { ClientResponseError } from '@atcute/client';
import { WorldError } from '../../errors.ts';
import type { Account } from '../account.ts';
import { discloses, saysWhoRunsIt } from '../discloses.ts';
import { type AccountFacts, type Network, Refusal } from '../network.ts';
import { isCertain } from './answers.ts';
import { GRAPHEMES_MAX, lengthOf, postRecord } from './post-record.ts';
import { isPostUri, keyOf, POSTS, type PostUri, pageOf, uriOf } from './post-uri.ts';
import { readMentions } from './read-mentions.ts';
import { readThread } from './read-thread.ts';
import { recordKey } from './record-key.ts';
import { openSession, type Session } from './session.ts';

/** As long as a server may still be busy with what was sent to it: what is not there before may yet come. */
const SETTLED_MS = 60_000;
/** A post that moderators took down is not to be seen and its place is still taken: it could be sent for ever. */
const ATTEMPTS_MAX = 3;

export function blueskyNetwork(
  { settings, persona, secrets, usage, now }: Account<'bluesky'>,
  { timeoutMs }: { readonly timeoutMs?: number } = {},
): Network {
  const session = openSession({
    server: settings.server,
    handle: settings.handle,
    password: () => secrets.get(settings.password),
    now,
    limited: (limit) => usage.limited(limit),
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  const writer = { session, allow: persona.allow, language: persona.language, now };
  const reading = (count = 1) => usage.spent({ kind: 'read', count });

  return {
    name: 'bluesky',
    identity: async () => `bluesky:${(await session.whoAmI()).did}`,
    length: { max: GRAPHEMES_MAX, count: lengthOf },

    verify: () => readAccount(session),

    /** `find` asks for a post by its place and needs none before it. */
    newestOwnId: async () => null,

    async publish(post) {
      const record = await postRecord(writer, post);
      const { did, handle } = await beforeSending(() => session.whoAmI());
      const rkey = recordKey(post.key);
      if (post.options.replySettings && post.inReplyTo === null) {
        await beforeSending(() =>
          closeReplies(session, uriOf(did, rkey), record.createdAt, post.options.replySettings),
        );
      }
      const input = { repo: did, collection: POSTS, rkey, record: { ...record } } as const;
      const sent = session.call((client) => client.post('com.atproto.repo.createRecord', { input }));
      const { uri } = await sent.finally(() => usage.spent({ kind: 'post' }));
      if (uri !== uriOf(did, rkey)) {
        throw new WorldError('Bluesky: the server does not say where the post is', { retryable: true });
      }
      return { id: uri, url: pageOf(uri, handle) };
    },

    async find({ key, startedAt, lastSentAt = startedAt, attempts }) {
      const { did, handle } = await session.whoAmI();
      const uri = uriOf(did, recordKey(key));
      if (await isThere(session, uri)) return { kind: 'there', id: uri, url: pageOf(uri, handle) };
      const waitMs = Date.parse(lastSentAt) + SETTLED_MS - now().getTime();
      if (waitMs > 0) return { kind: 'look again', afterMs: waitMs };
      if (attempts < ATTEMPTS_MAX) return { kind: 'absent' };
      return { kind: 'cannot tell', reason: `sent ${attempts} times, and Bluesky does not show it` };
    },

    async *mentions(since, onUnreadable) {
      await reading();
      yield* readMentions(session, { since, onUnreadable });
    },

    async thread(id) {
      await reading();
      return readThread(session, id);
    },

    async outcome(id) {
      await reading();
      const params = { uris: [id as PostUri] };
      const { posts } = await session.call((client) => client.get('app.bsky.feed.getPosts', { params }));
      const post = posts[0];
      if (!post) throw new WorldError('Bluesky: the post is gone', { retryable: false });
      const { likeCount = 0, repostCount = 0, quoteCount = 0, replyCount = 0 } = post;
      return { likes: likeCount, boosts: repostCount + quoteCount, replies: replyCount };
    },

    async remove(id) {
      const rkey = isPostUri(id) ? keyOf(id) : undefined;
      if (rkey === undefined) return;
      // What is not there is deleted as well as what is: who may reply was said beside it, or not.
      for (const collection of [POSTS, GATES] as const) {
        await session.call((client, repo) =>
          client.post('com.atproto.repo.deleteRecord', { input: { repo, collection, rkey } }),
        );
      }
    },
  };
}

async function isThere(session: Session, uri: PostUri): Promise<boolean> {
  return (await recordAt(session, POSTS, keyOf(uri)!)) !== null;
}

/** Of the account's own repository, as its server has it now; null: it has none there. */
async function recordAt(session: Session, collection: typeof POSTS | typeof PROFILE, rkey: string): Promise<unknown> {
  try {
    const { value } = await session.call((client, did) =>
      client.get('com.atproto.repo.getRecord', { params: { repo: did, collection, rkey } }),
    );
    return value;
  } catch (error) {
    const { cause } = error as { readonly cause?: unknown };
    if (cause instanceof ClientResponseError && isCertain(cause) && cause.error === 'RecordNotFound') return null;
    throw error;
  }
}

const RULES = {
  following: 'app.bsky.feed.threadgate#followingRule',
  mentioned: 'app.bsky.feed.threadgate#mentionRule',
} as const;

const GATES = 'app.bsky.feed.threadgate';

/** Before the post is there, so that it never stands open; put where it is already, it stays as it is. */
async function closeReplies(
  session: Session,
  post: PostUri,
  createdAt: string,
  settings: 'following' | 'mentioned' | undefined,
): Promise<void> {
  if (!settings) return;
  const record = { $type: GATES, post, allow: [{ $type: RULES[settings] }], createdAt };
  await session.call((client, repo) =>
    client.post('com.atproto.repo.putRecord', { input: { repo, collection: GATES, rkey: keyOf(post)!, record } }),
  );
}

/** Whatever fails here, the post itself was not sent. */
async function beforeSending<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal || !(error instanceof WorldError)) throw error;
    throw new Refusal(error.message, { retryable: true, cause: error });
  }
}

const PROFILE = 'app.bsky.actor.profile';

async function readAccount(session: Session): Promise<AccountFacts> {
  const { did, handle } = await session.whoAmI();
  const { description, labels } = ((await recordAt(session, PROFILE, 'self')) ?? {}) as ProfileRecord;
  return {
    id: did,
    name: handle === 'handle.invalid' ? did : `@${handle}`,
    url: `https://bsky.app/profile/${handle === 'handle.invalid' ? did : handle}`,
    isBot: Array.isArray(labels?.values) && labels.values.some(({ val }) => val === 'bot'),
    discloses: typeof description === 'string' && discloses(description),
    saysWhoRunsIt: typeof description === 'string' && saysWhoRunsIt(description),
    scopes: null,
    limits: ['300 characters a post', '4 pictures a post, 2 MB each', '1666 posts an hour and 11666 a day'],
    rules: [
      'Posting costs nothing',
      'Label the account as a bot: Settings, Account, Automation label',
      'Say in the description who runs it and that its posts are generated',
      'Answer only those who spoke to it first',
    ],
  };
}

/** Of the account's own repository, where any program may have written it. */
interface ProfileRecord {
  readonly description?: unknown;
  readonly labels?: { readonly values?: readonly { readonly val?: unknown }[] };
}
