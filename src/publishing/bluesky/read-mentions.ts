/** Who spoke to the account since last time, oldest first. The server tells the newest first, and only pages back. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Mention } from '../network.ts';
import { type PostView, readPost, threadPost } from './read-posts.ts';
import type { Session } from './session.ts';

const PAGE = 100;
/** What is held at once. Of a flood the oldest are left out: they have waited longest for nothing. */
const HELD_MAX = 2000;
/** A post is told by the time that it claims, so that one may appear before what was already read. */
const OVERLAP_MS = 10 * 60_000;
/** Of the posts of the overlap, so many are remembered in a cursor. A flood may be told twice, never lost. */
const REMEMBERED_MAX = 64;

/** Where a reading ended: the time of its newest post, and which posts it saw shortly before. */
interface Cursor {
  readonly at: number; // milliseconds since 1970
  readonly seen: readonly Seen[];
}

interface Seen {
  readonly at: number;
  readonly id: string;
}

/** Without `since`, the newest page alone: nobody waits for an answer from before the account was connected. */
export async function* readMentions(
  session: Session,
  { since, onUnreadable }: { readonly since: string | null; readonly onUnreadable: (() => void) | undefined },
): AsyncGenerator<Mention> {
  const { did } = await session.whoAmI();
  const last = since === null ? null : parseCursor(since);
  const known = new Set(last?.seen.map(({ id }) => id));
  const fresh = (await newestFirst(session, last, onUnreadable))
    .filter((post) => post.author.did !== did && !known.has(shortId(post.uri)))
    .reverse();

  let cursor: Cursor = last ?? { at: 0, seen: [] };
  for (const post of fresh) {
    cursor = next(cursor, post);
    yield { cursor: formatCursor(cursor), post: threadPost(post, did) };
  }
}

async function newestFirst(
  session: Session,
  last: Cursor | null,
  onUnreadable: () => void = () => {},
): Promise<PostView[]> {
  const found = new Map<string, PostView>(); // paging back, a new notification moves others to the next page
  let page: string | undefined;
  do {
    const answer = await session.call((client) =>
      client.get('app.bsky.notification.listNotifications', {
        params: { limit: PAGE, reasons: ['mention', 'reply'], ...(page !== undefined && { cursor: page }) },
      }),
    );
    const posts = (Array.isArray(answer.notifications) ? answer.notifications : []).flatMap((one) => {
      const post = readPost(one);
      if (!post && isNewMention(one, last)) onUnreadable();
      return post && isMention(post) ? [post] : [];
    });
    const until = last === null ? Number.NEGATIVE_INFINITY : last.at - OVERLAP_MS;
    for (const post of posts) if (timeOf(post) >= until && found.size < HELD_MAX) found.set(post.uri, post);
    const isPast = posts.some((post) => timeOf(post) < until);
    page = last === null || isPast || answer.cursor === page ? undefined : answer.cursor;
  } while (page !== undefined && page !== '' && found.size < HELD_MAX);
  return [...found.values()].sort((a, b) => timeOf(b) - timeOf(a));
}

const isMention = ({ reason }: { readonly reason?: unknown }) => reason === 'mention' || reason === 'reply';

/** Of one in which something is missing: whether somebody may have spoken, and not before what was told already. */
function isNewMention(notification: unknown, last: Cursor | null): boolean {
  const { reason, indexedAt } =
    z.object({ reason: z.unknown(), indexedAt: z.unknown() }).partial().safeParse(notification).data ?? {};
  const isOld = last !== null && Date.parse(String(indexedAt)) <= last.at;
  return !isOld && (reason === undefined || isMention({ reason }));
}

function timeOf({ indexedAt }: PostView): number {
  return Date.parse(indexedAt);
}

function next({ at, seen }: Cursor, post: PostView): Cursor {
  const newest = Math.max(at, timeOf(post));
  const remembered = [...seen, { at: timeOf(post), id: shortId(post.uri) }].filter(
    (one) => one.at >= newest - OVERLAP_MS,
  );
  return { at: newest, seen: remembered.slice(-REMEMBERED_MAX) };
}

function shortId(uri: string): string {
  return createHash('sha256').update(uri).digest('base64url').slice(0, 10);
}

/** `<time>` and, after it, `<milliseconds before it>:<post>` of each post seen. */
function formatCursor({ at, seen }: Cursor): string {
  return [new Date(at).toISOString(), ...seen.map((one) => `${at - one.at}:${one.id}`)].join(' ');
}

function parseCursor(text: string): Cursor | null {
  const [time = '', ...rest] = text.split(' ');
  const at = Date.parse(time);
  if (Number.isNaN(at)) return null;
  const seen = rest.flatMap((one) => {
    const [, before, id] = /^(\d+):(\S+)$/.exec(one) ?? [];
    return before !== undefined && id !== undefined ? [{ at: at - Number(before), id }] : [];
  });
  return { at, seen };
}
