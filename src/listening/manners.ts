/** Whom a persona does not answer, and when it has said enough. Pure; each reason is told to the owner. */
import { NEAR_DUPLICATE, shinglesOf, similarity } from '../corpus/near-duplicates.ts';
import type { Author, ThreadPost } from '../publishing/network.ts';

export interface Acquaintance {
  readonly now: Date;
  /** A mention that is older waits for no answer any more. */
  readonly expireAfterMs: number;
  /** Its author asked not to be answered. */
  readonly hasOptedOut: boolean;
  /** Its owner has asked for it: personas that talk to each other. */
  readonly answersBots?: boolean;
}

/** Why a post is not answered, whatever else was said; null: it may be. */
export function whyNever(
  post: ThreadPost,
  { now, expireAfterMs, hasOptedOut, answersBots = false }: Acquaintance,
): string | null {
  if (post.isOwn) return 'it is its own post';
  if (hasOptedOut) return 'its author asked not to be answered';
  return whyNotThem(post.author, answersBots) ?? whyNotThen(post, now, expireAfterMs);
}

function whyNotThem({ isBot, refusesBots, isBlocked, displayName }: Author, answersBots: boolean): string | null {
  if (isBot && !answersBots) return 'a bot wrote it';
  if (refusesBots || NO_BOTS.test(displayName)) return 'its author wants no answers from bots';
  if (isBlocked) return 'its author is blocked or muted';
  return null;
}

/** In a name, as in a profile: https://nobot.social */
const NO_BOTS = /#no[_-]?bots?\b/iu;

function whyNotThen({ at }: ThreadPost, now: Date, expireAfterMs: number): string | null {
  const ageMs = now.getTime() - Date.parse(at);
  return ageMs <= expireAfterMs ? null : 'it is too old to be answered'; // of a time that cannot be read, too
}

export interface Said {
  /** Up to the post in question, oldest first. */
  readonly thread: readonly ThreadPost[];
  /** Replies of the persona in this conversation: posted, approved or waiting for its owner. */
  readonly replies: number;
  readonly perThread: number;
  /** To its author in the last 24 hours, in whatever conversation. */
  readonly repliesToAuthor: number;
  readonly perPerson: number;
  /** What its author said to the persona before, in whatever conversation. */
  readonly earlier: readonly string[];
}

/** Why the newest post of a thread is not answered, with all that was said; null: it is. */
export function whyNotHere({ thread, replies, perThread, repliesToAuthor, perPerson, earlier }: Said): string | null {
  const post = thread.at(-1);
  if (post === undefined) return 'the post is gone';
  if (repliesToAuthor >= perPerson) return `its author was answered ${times(repliesToAuthor)} in 24 hours`;
  const posted = thread.filter(({ isOwn, inReplyTo }) => isOwn && inReplyTo !== null).length;
  const answers = Math.max(replies, posted);
  if (answers >= perThread) return `the conversation has ${answers} replies of it already`;
  const before = thread.slice(0, -1);
  if (before.some(({ inReplyTo, author }) => inReplyTo === post.id && author.id === post.author.id))
    return 'the thread runs in a circle';
  const others = before.filter(({ author, isOwn }) => isOwn || author.id === post.author.id).map(({ text }) => text);
  if ([...others, ...earlier].some((text) => saysTheSame(text, post.text))) return 'its author says the same again';
  return null;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** Anybody says "thank you" twice. In letters and digits. */
const LEAST_TO_COMPARE = 24;

/** Of two texts long enough that nobody says them twice by chance; names do not count. */
export function saysTheSame(one: string, other: string): boolean {
  const [a, b] = [comparable(one), comparable(other)];
  if (Math.min(a.length, b.length) < LEAST_TO_COMPARE) return false;
  return similarity(shinglesOf(a), shinglesOf(b)) >= NEAR_DUPLICATE;
}

function comparable(text: string): string {
  return text
    .slice(0, 5000)
    .replace(/@[\w.-]+(?:@[\w.-]+)?/g, '')
    .replace(/[^\p{L}\p{N}\s]/gu, '')
    .trim();
}

/** On X everybody sees an answer, whoever may see what it answers. */
export function isForAll(thread: readonly ThreadPost[]): boolean {
  const visibility = thread.at(-1)?.visibility;
  return visibility === 'public' || visibility === 'unlisted';
}

/**
 * X puts the names of all who were in a conversation before an answer: to be among them is no summons. Addressed is who
 * wrote the post that it answers, who is named in its own words, and where it answers nothing, who is named at all.
 */
export function isSummonedOnX(thread: readonly ThreadPost[]): boolean {
  const post = thread.at(-1);
  if (!post) return false;
  const parent = thread.find(({ id }) => id === post.inReplyTo);
  if (post.inReplyTo === null || parent?.isOwn) return true;
  const words = post.text.replace(/^(?:\s*@\w{1,15}(?=\s|$))+/u, '');
  const own = thread.find(({ isOwn }) => isOwn)?.author.name;
  return own === undefined ? true : new RegExp(`${own}(?!\\w)`, 'i').test(words);
}
