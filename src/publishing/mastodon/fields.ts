/** What is read of a server's answers. Servers differ and fields are missing: only what a thing is nothing without is asked for. */
import { z } from 'zod';
import { id, listOf, text } from '../../archive/loose-fields.ts';
import type { Author, ThreadPost, Visibility } from '../network.ts';
import { statusText } from './status-text.ts';

export const flag = z
  .unknown()
  .optional()
  .transform((value) => value === true);
const count = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'number' && value >= 0 ? Math.trunc(value) : 0));
/** In camelCase, as masto gives them. */
export const present = z.union([z.string().min(1), z.number()]).transform(String);

const accountSchema = z.object({
  id: present,
  acct: z.string().min(1),
  displayName: text,
  url: text,
  note: text,
  bot: flag,
  suspended: flag,
  limited: flag,
  fields: listOf(z.object({ name: text, value: text })),
});
export type AccountFields = z.output<typeof accountSchema>;

const statusSchema = z.object({
  id: present,
  url: text,
  uri: text,
  createdAt: z.iso.datetime({ offset: true }),
  content: text,
  spoilerText: text,
  visibility: text,
  language: text,
  inReplyToId: id,
  /** Whose client made it; told of the account's own posts. */
  application: z
    .unknown()
    .optional()
    .transform((value) => z.object({ name: text }).safeParse(value).data ?? { name: '' }),
  account: accountSchema,
  mentions: listOf(z.object({ url: text, acct: text })),
  mediaAttachments: listOf(z.object({ id })),
  reblogsCount: count,
  favouritesCount: count,
  repliesCount: count,
});
export type StatusFields = z.output<typeof statusSchema>;

const notificationSchema = z.object({ id: present, type: text, status: z.unknown().optional() });
export type NotificationFields = z.output<typeof notificationSchema>;

export const readAccount = (value: unknown) => accountSchema.safeParse(value).data;
export const readStatus = (value: unknown) => statusSchema.safeParse(value).data;
export const readStatuses = (value: unknown) => listOf(statusSchema).parse(value);
export const readNotifications = (value: unknown) => listOf(notificationSchema).parse(value);

/** By Mastodon's own names of them. */
const VISIBILITIES: Readonly<Record<string, Visibility>> = {
  public: 'public',
  unlisted: 'unlisted',
  private: 'followers',
  direct: 'direct',
};

/** What a server calls in its own way is for those it names alone. */
export function visibilityOf({ visibility }: Pick<StatusFields, 'visibility'>): Visibility {
  return VISIBILITIES[visibility] ?? 'direct';
}

export function namesOf(visibility: Visibility): 'public' | 'unlisted' | 'private' | 'direct' {
  return visibility === 'followers' ? 'private' : visibility;
}

/** `host`: of accounts that are named without one. */
export function authorOf(account: AccountFields, host: string): Author {
  const note = statusText(account.note);
  return {
    id: account.id,
    name: addressOf(account.acct, host),
    displayName: account.displayName,
    isBot: account.bot,
    refusesBots: /#no ?bots?\b/i.test(
      `${note}\n${account.fields.map(({ name, value }) => `${name} ${statusText(value)}`).join('\n')}`,
    ),
  };
}

/** `blocked`: by their ids. */
export function threadPostOf(
  status: StatusFields,
  { ownId, host, blocked }: { readonly ownId: string; readonly host: string; readonly blocked: ReadonlySet<string> },
): ThreadPost {
  return {
    id: status.id,
    url: status.url || status.uri,
    author: { ...authorOf(status.account, host), isBlocked: blocked.has(status.account.id) },
    isOwn: status.account.id === ownId,
    text: statusText(status.content, status.mentions),
    at: new Date(status.createdAt).toISOString(),
    inReplyTo: status.inReplyToId || null,
    visibility: visibilityOf(status),
    language: status.language || null,
  };
}

function addressOf(acct: string, host: string): string {
  return acct.includes('@') ? `@${acct}` : `@${acct}@${host}`;
}

/** Oldest first: ids grow, and a longer one is newer (https://docs.joinmastodon.org/api/guidelines/#id). */
export function byAge(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id.length - other.id.length || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);
}
