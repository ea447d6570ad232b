/** Mastodon, and the servers that speak as it does. */
import { setTimeout } from 'node:timers/promises';
import { WorldError } from '../../errors.ts';
import { isVisible } from '../../review/is-visible.ts';
import type { Account } from '../account.ts';
import {
  AccountError,
  type Mention,
  type Network,
  type OutgoingPost,
  type PublishedPost,
  Refusal,
} from '../network.ts';
import { countCharacters } from './count-characters.ts';
import { isMissing, strangeAnswer } from './failure.ts';
import { byAge, namesOf, readNotifications, readStatus, readStatuses, threadPostOf } from './fields.ts';
import { changedVisibility, findPost } from './find-post.ts';
import { notificationStream } from './notification-stream.ts';
import { blockedAmong } from './relationships.ts';
import { listIn, openServer, type Server, TIMEOUTS } from './server.ts';
import { doubtStreaming, streamingAddress } from './streaming-address.ts';
import { uploadMedia } from './upload-media.ts';
import { readOwnAccount, USUAL_INSTANCE, verifyAccount } from './verify.ts';

export function mastodonNetwork(account: Account<'mastodon'>, timeouts = TIMEOUTS): Network {
  const { settings, secrets, now } = account;
  const token = secrets.get(settings.token);
  const server = openServer({ address: settings.server, token, account, timeouts });
  let instance = USUAL_INSTANCE;
  let own: string | undefined;
  const ownId = async () => (own ??= (await readOwnAccount(server)).id);

  return {
    name: 'mastodon',
    identity: async () => `mastodon:${server.host}/${await ownId()}`,
    namesWhomItAnswers: true,
    length: {
      get max() {
        return instance.maxCharacters;
      },
      get charactersPerLink() {
        return instance.charactersPerLink;
      },
      count: (text) => countCharacters(text, instance.charactersPerLink, settings.contentWarning),
    },
    async verify() {
      const verified = await verifyAccount(server);
      instance = verified.instance;
      own = verified.account.id;
      return verified.facts;
    },
    async newestOwnId() {
      const id = await ownId();
      const { data } = await server.ask('account', (client) =>
        // Boosts count too: some servers take them out of a page that they made before.
        client.v1.accounts.$select(id).statuses.list.$raw({ limit: 20 }),
      );
      return readStatuses(listIn(data, server)).sort(byAge).at(-1)?.id ?? null;
    },
    publish: (post) => publishPost(post, server),
    async find(post) {
      return findPost(post, { server, ownId: await ownId(), inReplyToId: repliedId(post.inReplyTo, server), now });
    },
    async *rings(options) {
      let connections = 0;
      const address = async () => {
        if (connections++ > 0) await doubtStreaming(account, server);
        return streamingAddress(account, server);
      };
      const wait = (milliseconds: number, signal: AbortSignal) => setTimeout(milliseconds, undefined, { signal });
      try {
        yield* notificationStream({ ...options, address, token, wait, random: Math.random });
      } catch (error) {
        if (error instanceof WorldError && !(error instanceof AccountError)) await doubtStreaming(account, server);
        throw error;
      }
    },
    mentions: (since, onUnreadable) => mentionsAfter(since, { server, ownId, onUnreadable }),
    async thread(id) {
      const [asked, around] = [await readOne(id, server), await readAncestors(id, server)];
      const me = await ownId();
      const blocked = await blockedAmong(server, asked.account.id === me ? [] : [asked.account.id]);
      return [...around, asked].map((status) => threadPostOf(status, { ownId: me, host: server.host, blocked }));
    },
    async outcome(id) {
      const { favouritesCount, reblogsCount, repliesCount } = await readOne(id, server);
      return { likes: favouritesCount, boosts: reblogsCount, replies: repliesCount };
    },
    edit: (id, post) => editPost(id, post, server),
    async remove(id) {
      try {
        await server.ask('post', (client) => client.v1.statuses.$select(id).remove.$raw());
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    },
  };
}

async function publishPost(post: OutgoingPost, server: Server): Promise<PublishedPost> {
  const { text, key, options } = post;
  const { media = [], visibility, contentWarning, language } = options;
  if (!isVisible(text) && media.length === 0) {
    throw new Refusal('There is nothing to see in this text', { retryable: false });
  }
  const inReplyToId = repliedId(post.inReplyTo, server);
  const mediaIds = [
    ...(post.mediaIds ?? (await uploadMedia(media, { server, wait: (milliseconds) => setTimeout(milliseconds) }))),
  ];
  if (mediaIds.length > 0 && !post.mediaIds) await post.keepMedia?.(mediaIds);
  const params = {
    status: text,
    ...(inReplyToId !== null && { inReplyToId }),
    ...(visibility && { visibility: namesOf(visibility) }),
    ...(contentWarning && { spoilerText: contentWarning }),
    ...(language && { language: language.split('-')[0]! }), // the server knows no regions
  };
  const { data } = await server.post((client) =>
    client.v1.statuses.create.$raw(mediaIds.length > 0 ? { ...params, mediaIds } : params, {
      requestInit: { headers: { 'Idempotency-Key': key } },
    }),
  );
  // A page that asks whether one is a robot also says that all is well.
  if (typeof data?.id !== 'string' || data.id === '') throw strangeAnswer(server.address, 'the post');
  const status = readStatus(data);
  const url = data.url || data.uri;
  if (!url) throw strangeAnswer(server.address, 'the address of the post');
  const notice = status && changedVisibility(status, visibility, server.host);
  return { id: data.id, url, ...(notice !== undefined && { notice }) };
}

/** What is not said again is taken away from a post: its warning, its language, its pictures. */
async function editPost(
  id: string,
  { text, options: { contentWarning, language } }: Pick<OutgoingPost, 'text' | 'options'>,
  server: Server,
): Promise<void> {
  if (!isVisible(text)) throw new Refusal('There is nothing to see in this text', { retryable: false });
  const { mediaAttachments } = await readOne(id, server);
  const mediaIds = mediaAttachments.flatMap((media) => media.id ?? []);
  const { data } = await server.post((client) =>
    client.v1.statuses.$select(id).update.$raw({
      status: text,
      ...(contentWarning && { spoilerText: contentWarning }),
      ...(language && { language: language.split('-')[0]! }),
      ...(mediaIds.length > 0 && { mediaIds }),
    }),
  );
  if (typeof data?.id !== 'string' || data.id === '') throw strangeAnswer(server.address, 'the post');
}

/** @throws Refusal when it is the address of a post on another server, which has another id here. */
function repliedId(inReplyTo: string | null, server: Server): string | null {
  if (inReplyTo === null || !inReplyTo.includes('/')) return inReplyTo;
  const url = URL.parse(inReplyTo);
  const id = url?.host === server.host ? /\/(?:@[^/@]+|statuses)\/([^/]+)$/.exec(url.pathname)?.[1] : undefined;
  if (id !== undefined) return id;
  throw new Refusal(`${server.host} does not know by its address what this replies to`, { retryable: false });
}

const PAGE = 80;
const MOST_PAGES = 1000;

async function* mentionsAfter(
  since: string | null,
  {
    server,
    ownId,
    onUnreadable,
  }: {
    readonly server: Server;
    readonly ownId: () => Promise<string>;
    readonly onUnreadable: (() => void) | undefined;
  },
): AsyncGenerator<Mention> {
  const me = await ownId();
  let at = since;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { data } = await server.ask('account', (client) =>
      client.v1.notifications.list.$raw({ limit: PAGE, types: ['mention'], ...(at !== null && { minId: at }) }),
    );
    const listed = listIn(data, server);
    const notifications = readNotifications(listed).sort(byAge);
    for (let broken = notifications.length; broken < listed.length; broken++) onUnreadable?.();
    const newer = notifications.flatMap(({ id, type, status }) => {
      const post = type === 'mention' || type === '' ? readStatus(status) : undefined;
      const isNewer = at === null || byAge({ id }, { id: at }) > 0;
      if (!post && isNewer && (type === 'mention' || type === '')) onUnreadable?.();
      return post && isNewer ? [{ cursor: id, post }] : [];
    });
    const authors = newer.map(({ post }) => post.account.id).filter((author) => author !== me);
    const blocked = await blockedAmong(server, authors);
    for (const { cursor, post } of newer) {
      yield { cursor, post: threadPostOf(post, { ownId: me, host: server.host, blocked }) };
    }
    const newest = notifications.at(-1);
    // Without a place to go on from, the newest page is all: an account's whole past is nobody's mention now.
    if (at === null || !newest || byAge(newest, { id: at }) <= 0) return;
    at = newest.id;
  }
}

async function readOne(id: string, server: Server) {
  const { data } = await server.ask('post', (client) => client.v1.statuses.$select(id).fetch.$raw());
  const status = readStatus(data);
  if (!status) throw strangeAnswer(server.address, 'the post');
  return status;
}

/** What the post answers, from the first on; posts that the server does not show are missing. */
async function readAncestors(id: string, server: Server) {
  const { data } = await server.ask('post', (client) => client.v1.statuses.$select(id).context.fetch.$raw());
  return readStatuses(listIn(data?.ancestors, server));
}
