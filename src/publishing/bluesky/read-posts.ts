/** Posts and people as the AppView tells of them. Others wrote them: what is missing or odd is left out and breaks nothing. */
import { z } from 'zod';
import type { Author, ThreadPost } from '../network.ts';
import { isPostUri, pageOf } from './post-uri.ts';

const label = z.object({ src: z.string(), val: z.string(), neg: z.boolean().optional() });

const author = z.object({
  did: z.string().startsWith('did:'),
  handle: z.string().catch(''),
  displayName: z.string().catch(''),
  description: z.string().catch(''),
  labels: z.array(label).catch([]),
  viewer: z.record(z.string(), z.unknown()).catch({}),
});
export type AuthorView = z.output<typeof author>;

const record = z.object({
  text: z.string(),
  createdAt: z.string().catch(''),
  langs: z.array(z.string()).catch([]),
  reply: z
    .object({ parent: z.object({ uri: z.string() }) })
    .optional()
    .catch(undefined),
});

/** A post of a thread or a notification: both have these. */
const post = z.object({
  uri: z.string().refine(isPostUri),
  author,
  record,
  indexedAt: z.iso.datetime({ offset: true }),
  reason: z.string().optional(),
});
export type PostView = z.output<typeof post>;

/** Undefined where it is none that can be answered. */
export function readPost(value: unknown): PostView | undefined {
  return post.safeParse(value).data;
}

export function readAuthor(value: unknown): AuthorView | undefined {
  return author.safeParse(value).data;
}

/** `#nobot` and its like in a profile: https://nobot.social and custom. */
const REFUSES_BOTS = /#no_?bots?\b|\bno[ -]bots?\b/i;

export function authorOf({ did, handle, displayName, description, labels, viewer }: AuthorView): Author {
  return {
    id: did,
    name: handle === '' || handle === 'handle.invalid' ? did : `@${handle}`,
    displayName,
    isBot: hasBotLabel(did, labels),
    refusesBots: REFUSES_BOTS.test(description),
    isBlocked: [viewer.muted, viewer.blocking, viewer.blockedBy, viewer.mutedByList, viewer.blockingByList].some(
      Boolean,
    ),
  };
}

/** An account labels itself; what others call it is not asked. */
function hasBotLabel(did: string, labels: readonly z.output<typeof label>[]): boolean {
  return labels.some(({ src, val, neg }) => src === did && val === 'bot' && neg !== true);
}

/** @param me the DID of the account itself */
export function threadPost({ uri, author, record, indexedAt }: PostView, me: string): ThreadPost {
  return {
    id: uri,
    url: pageOf(uri, author.handle),
    author: authorOf(author),
    isOwn: author.did === me,
    text: record.text,
    at: new Date(indexedAt).toISOString(),
    inReplyTo: record.reply?.parent.uri ?? null,
    visibility: 'public',
    language: record.langs[0] ?? null,
  };
}
