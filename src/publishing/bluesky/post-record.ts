/** Makes of a post the record that Bluesky keeps, and refuses what Bluesky would refuse, or would show to more people than it should. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as AppBskyFeedPost from '@atcute/bluesky/types/app/feed/post';
import type { Blob as BlobRef } from '@atcute/lexicons';
import { safeParse } from '@atcute/lexicons/validations';
import { getGraphemeLength } from '@atcute/util-text';
import { WorldError } from '../../errors.ts';
import type { Allowed } from '../../generation/remove-references.ts';
import { pictureType } from '../../persona/pictures.ts';
import { isVisible } from '../../review/is-visible.ts';
import { type OutgoingPost, type PostOptions, Refusal } from '../network.ts';
import { findFacets } from './facets.ts';
import { type Did, isPostUri, keyOf, POSTS, postUri } from './post-uri.ts';
import type { Session } from './session.ts';

export const GRAPHEMES_MAX = 300;
const BYTES_PER_GRAPHEME = 10; // the text may have 3000 bytes besides: app.bsky.feed.post

/** Grapheme clusters as the server counts them; of a text with heaps of accents, its bytes. */
export function lengthOf(text: string): number {
  return Math.max(getGraphemeLength(text), Math.ceil(Buffer.byteLength(text) / BYTES_PER_GRAPHEME));
}

/** What a post may warn of here: https://docs.bsky.app/docs/advanced-guides/moderation */
const WARNINGS = ['sexual', 'nudity', 'porn', 'graphic-media'];
const PICTURES_MAX = 4;
const PICTURE_BYTES_MAX = 2_000_000; // app.bsky.embed.images
const LANGUAGES_MAX = 3;

export interface Writer {
  readonly session: Session;
  readonly allow: Allowed;
  readonly language: string;
  readonly now: () => Date;
}

/** @throws Refusal also where the server could not be asked for what belongs to the post: the post itself was not sent. */
export async function postRecord(writer: Writer, post: OutgoingPost): Promise<AppBskyFeedPost.Main> {
  refuseImpossible(post);
  try {
    return await buildRecord(writer, post);
  } catch (error) {
    if (error instanceof Refusal || !(error instanceof WorldError)) throw error;
    const { message, retryable, retryAfterMs } = error;
    throw new Refusal(message, { retryable, cause: error, ...(retryAfterMs !== undefined && { retryAfterMs }) });
  }
}

async function buildRecord(
  writer: Writer,
  { text, inReplyTo, isThread, options }: OutgoingPost,
): Promise<AppBskyFeedPost.Main> {
  const { session, allow, now } = writer;
  const facets = await findFacets(text, allow, (handle) => didOf(session, handle));
  const reply = inReplyTo === null ? undefined : await (isThread ? replyToOwn : replyTo)(session, inReplyTo);
  const images = [];
  for (const { file, alt } of options.media ?? []) images.push({ alt, image: await upload(session, file) });

  const record: AppBskyFeedPost.Main = {
    $type: 'app.bsky.feed.post',
    text,
    createdAt: now().toISOString(),
    langs: [options.language ?? writer.language].slice(0, LANGUAGES_MAX),
    ...(facets.length > 0 && { facets }),
    ...(reply && { reply }),
    ...(images.length > 0 && { embed: { $type: 'app.bsky.embed.images', images } }),
    ...(options.contentWarning !== undefined && {
      labels: { $type: 'com.atproto.label.defs#selfLabels', values: [{ val: options.contentWarning }] },
    }),
  };
  const checked = safeParse(AppBskyFeedPost.mainSchema, record);
  if (!checked.ok) throw never(`expected a post that Bluesky takes, found one with ${checked.message}`);
  return record;
}

function refuseImpossible({ text, options }: OutgoingPost): void {
  const { visibility = 'public', contentWarning, media = [] } = options satisfies PostOptions;
  if (visibility === 'followers' || visibility === 'direct') {
    throw never(`expected a post for everyone, found one for ${visibility}: all posts of Bluesky are public`);
  }
  if (contentWarning !== undefined && !WARNINGS.includes(contentWarning)) {
    throw never(`expected a content warning of ${WARNINGS.join(', ')}, found "${contentWarning}"`);
  }
  if (!isVisible(text) && media.length === 0) throw never('expected a text or a picture, found neither');
  if (lengthOf(text) > GRAPHEMES_MAX) {
    throw never(`expected at most ${GRAPHEMES_MAX} characters, found ${lengthOf(text)}`);
  }
  if (media.length > PICTURES_MAX) throw never(`expected at most ${PICTURES_MAX} pictures, found ${media.length}`);
}

async function didOf(session: Session, handle: string): Promise<Did | null> {
  try {
    const params = { handle: handle.toLowerCase() as `${string}.${string}` };
    return (await session.call((client) => client.get('com.atproto.identity.resolveHandle', { params }))).did as Did;
  } catch (error) {
    if (error instanceof Refusal && !error.retryable) return null; // nobody has this name
    throw error;
  }
}

/** A reply names the post that it answers and the first one of the conversation, each with the hash of what it says now. */
async function replyTo(session: Session, id: string): Promise<AppBskyFeedPost.ReplyRef> {
  const uri = await postUri(id, (handle) => didOf(session, handle));
  if (uri === null) throw never(`expected the address of a post of Bluesky to reply to, found "${id}"`);
  const { posts } = await session.call((client) => client.get('app.bsky.feed.getPosts', { params: { uris: [uri] } }));
  const parent = posts[0];
  if (!parent) throw never('the post that it replies to is gone');
  if (parent.viewer?.replyDisabled) throw never('the post that it replies to takes no replies from this account');
  const { reply } = parent.record as Partial<AppBskyFeedPost.Main>; // of another repository: whatever stands there
  const self = { uri: parent.uri, cid: parent.cid };
  return {
    root: reply?.root?.uri && reply.root.cid ? { uri: reply.root.uri, cid: reply.root.cid } : self,
    parent: self,
  };
}

/** What the account itself posted stands in its repository at once, and is known to the rest of Bluesky later. */
async function replyToOwn(session: Session, id: string): Promise<AppBskyFeedPost.ReplyRef> {
  const rkey = isPostUri(id) ? keyOf(id) : undefined;
  if (rkey === undefined) throw never(`expected the URI of a post to go on from, found "${id}"`);
  const { uri, cid, value } = await session.call((client, repo) =>
    client.get('com.atproto.repo.getRecord', { params: { repo, collection: POSTS, rkey } }),
  );
  if (cid === undefined) throw never('the server does not say what the post before it holds');
  const self = { uri, cid };
  const { reply } = value as Partial<AppBskyFeedPost.Main>;
  return { root: reply?.root ?? self, parent: self };
}

async function upload(session: Session, file: string): Promise<BlobRef> {
  const name = path.basename(file);
  const info = await stat(file).catch(() => null);
  if (!info?.isFile()) throw never(`expected a picture, found no file ${name}`);
  if (info.size > PICTURE_BYTES_MAX) {
    throw never(`${name}: expected at most ${PICTURE_BYTES_MAX} bytes, found ${info.size}`);
  }
  const bytes = await readFile(file);
  const type = pictureType(bytes);
  if (!type) throw never(`${name}: expected a PNG, JPEG, WebP or GIF picture, found something else`);
  const input = new Blob([bytes], { type });
  const headers = { 'content-type': type };
  const { blob } = await session.call((client) => client.post('com.atproto.repo.uploadBlob', { input, headers }));
  return blob as BlobRef;
}

const never = (reason: string) => new Refusal(`Bluesky: ${reason}`, { retryable: false });
