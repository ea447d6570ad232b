/** Settles whether a post that was sent is there, from the account's own posts: before anything is sent again. */
import { printable } from '../../review/printable.ts';
import { answeredAt } from '../answered-at.ts';
import type { Found, SentPost, Visibility } from '../network.ts';
import { appOf } from './app.ts';
import { isMissing } from './failure.ts';
import { byAge, readStatuses, type StatusFields, visibilityOf } from './fields.ts';
import { listIn, type Server } from './server.ts';
import { statusText } from './status-text.ts';

const MINUTE = 60_000;
/** A server may be busy with a request long after its answer was lost, and one that has the key twice at once may post twice. */
const SETTLED_AFTER_MS = MINUTE;
/** Keys are kept for an hour; less of it is counted on, as the server's hour begins later than ours. */
const KEY_LASTS_MS = 50 * MINUTE;
/** Without a key that protects, it must have been looked for twice, so far apart. */
const BETWEEN_LOOKS_MS = 3 * MINUTE;
/** How far a server's clock may be off within an answer: it names the time in whole seconds, and is not one machine. */
const CLOCK_MS = 2 * MINUTE;
const MOST_PAGES = 250; // 10,000 posts

export interface Search {
  readonly server: Server;
  readonly ownId: string;
  readonly inReplyToId: string | null;
  readonly now: () => Date;
}

export async function findPost(post: SentPost, search: Search): Promise<Found> {
  const looked = await lookFor(post, search);
  if (typeof looked === 'string') return { kind: 'cannot tell', reason: looked };
  if (looked.post) return there(looked.post, post, search.server);
  const follows = missing(post, search.now().getTime());
  // Whoever made it, its readers would see the same words twice.
  return follows.kind === 'absent' && looked.almost ? { kind: 'cannot tell', reason: looked.almost } : follows;
}

function there(status: StatusFields, { options }: SentPost, { host }: Server): Found {
  const notice = changedVisibility(status, options.visibility, host);
  const { id, url, uri } = status;
  return { kind: 'there', id, url: url || uri, ...(notice !== undefined && { notice }) };
}

/** For the owner: that others see it than it was sent for. */
export function changedVisibility(
  status: StatusFields,
  sent: Visibility | undefined,
  host: string,
): string | undefined {
  const seen = visibilityOf(status);
  return sent === undefined || seen === sent ? undefined : `${host} made it ${seen}, it was sent as ${sent}`;
}

/** What follows from not having found it. */
export function missing({ startedAt, lastSentAt = startedAt, missedAt }: SentPost, now: number): Found {
  const sinceSent = now - Date.parse(lastSentAt);
  if (sinceSent < SETTLED_AFTER_MS) return { kind: 'look again', afterMs: SETTLED_AFTER_MS - Math.max(0, sinceSent) };
  if (now - Date.parse(startedAt) < KEY_LASTS_MS) return { kind: 'absent' };
  if (missedAt == null) {
    // Where nobody keeps when it was missed, two looks are as far apart when the first could be no later than this.
    const isOld = missedAt === undefined && now - Date.parse(startedAt) > KEY_LASTS_MS + BETWEEN_LOOKS_MS;
    return isOld ? { kind: 'absent' } : { kind: 'look again', afterMs: BETWEEN_LOOKS_MS };
  }
  const sinceMissed = now - Date.parse(missedAt);
  return sinceMissed >= BETWEEN_LOOKS_MS
    ? { kind: 'absent' }
    : { kind: 'look again', afterMs: BETWEEN_LOOKS_MS - Math.max(0, sinceMissed) };
}

interface Looked {
  /** Undefined: it is not there. */
  readonly post?: StatusFields;
  /** What is there and says the same, in a sentence: but it is not certain that this is it. */
  readonly almost?: string | undefined;
}

/** A sentence where it cannot be told whether it is there. */
async function lookFor(post: SentPost, search: Search): Promise<Looked | string> {
  const { server, ownId, inReplyToId, now } = search;
  let hasUnreadable = false;
  let almost: string | undefined;
  let at: string | undefined = post.cursor ?? undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { data, headers } = await server.ask('account', (client) =>
      client.v1.accounts.$select(ownId).statuses.list.$raw({
        limit: PAGE,
        excludeReblogs: true,
        ...(at !== undefined && (post.cursor === null ? { maxId: at } : { minId: at })),
      }),
    );
    const listed = listIn(data, server);
    const statuses = readStatuses(listed).sort(byAge);
    hasUnreadable ||= statuses.length < listed.length;
    const skew = answeredAt(headers.get('date'), now()) - now().getTime(); // how far the server's clock is ahead of ours
    const earliest = Date.parse(post.startedAt) + skew - CLOCK_MS;
    for (const status of statuses) {
      if (Date.parse(status.createdAt) < earliest || (status.inReplyToId || null) !== inReplyToId) continue;
      if (status.account.id !== ownId || !(await saysTheSame(status, post, server))) continue;
      const other = await differenceOf(status, post, server);
      if (other === undefined) return { post: status };
      almost ??= other;
    }
    const end = post.cursor === null ? statuses[0] : statuses.at(-1);
    const isOver = end === undefined || (post.cursor === null && Date.parse(end.createdAt) < earliest);
    const isStuck = end?.id === at; // a server that does not know min_id gives the same page for ever
    if (isStuck && page > 0) return `${server.host} does not give all newer posts`;
    if (isOver || isStuck) return hasUnreadable ? 'There are newer posts that cannot be read' : { almost };
    at = end.id;
  }
  return `There are more than ${MOST_PAGES * PAGE} newer posts to look through`;
}

/** The most that a server gives. */
const PAGE = 40;

/** What else tells it from the post that was sent, as a sentence for the owner. */
async function differenceOf(status: StatusFields, post: SentPost, server: Server): Promise<string | undefined> {
  const { visibility: sent } = post.options;
  const seen = visibilityOf(status);
  const address = status.url || status.uri;
  const isAsSent = sent === undefined || seen === sent || (sent === 'public' && seen === 'unlisted'); // as for a silenced account
  if (!isAsSent) return `${server.host} has a ${seen} post with the same words, and it was sent as ${sent}: ${address}`;
  if (status.application.name === '') return undefined; // not told by every server
  const app = await appOf(server);
  if (!app?.name || app.name === status.application.name) return undefined;
  return `a post with the same words was made by another app (${printable(status.application.name, { oneLine: true })}): ${address}`;
}

async function saysTheSame(status: StatusFields, post: SentPost, server: Server): Promise<boolean> {
  if (status.mediaAttachments.length !== (post.options.media?.length ?? 0)) return false;
  const sent = contentsOf(post.text, post.options.contentWarning ?? '');
  const source = await sourceOf(status, server);
  if (source) return same(sent, contentsOf(source.text, source.spoilerText));
  // From HTML, which cuts the hosts off mentions and sets white space its own way.
  const shown = contentsOf(statusText(status.content, status.mentions), status.spoilerText);
  const bare = (text: string) => text.replace(/(@[\p{L}\p{N}_.-]+)@[\p{L}\p{N}.-]+/gu, '$1').replace(/\s+/g, ' ');
  return bare(sent.text) === bare(shown.text) && sent.warning === shown.warning;
}

/** As it was typed; undefined where the server does not tell, as those before Mastodon 3.5. */
async function sourceOf(
  { id }: StatusFields,
  server: Server,
): Promise<{ text: string; spoilerText: string } | undefined> {
  try {
    const { data } = await server.ask('post', (client) => client.v1.statuses.$select(id).source.fetch.$raw());
    return typeof data?.text === 'string'
      ? { text: data.text, spoilerText: String(data.spoilerText ?? '') }
      : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

interface Contents {
  readonly text: string;
  readonly warning: string;
}

/** As a server keeps it: trimmed, and the warning is the text where there is no other. */
function contentsOf(text: string, warning: string): Contents {
  const [tidyText, tidyWarning] = [text, warning].map((piece) =>
    piece
      .normalize('NFC')
      .replace(/\r\n?/g, '\n')
      .replace(/^[\s\0]+|[\s\0]+$/g, ''),
  ) as [string, string];
  return tidyText === '' ? { text: tidyWarning, warning: '' } : { text: tidyText, warning: tidyWarning };
}

function same(one: Contents, other: Contents): boolean {
  return one.text === other.text && one.warning === other.warning;
}
