/** The contract of a place where posts go. One file a network; `networks.ts` lists them. */
import { WorldError } from '../errors.ts';

export type Visibility = 'public' | 'unlisted' | 'followers' | 'direct';

/** What a network does not have it passes over. */
export interface PostOptions {
  readonly visibility?: Visibility;
  readonly contentWarning?: string;
  /** A tag such as `en`. */
  readonly language?: string;
  /** Who may reply; without it, everyone. */
  readonly replySettings?: 'following' | 'mentioned';
  readonly media?: readonly Media[];
}

export interface Media {
  /** The path of a picture. */
  readonly file: string;
  /** What it shows, for those who do not see it. */
  readonly alt: string;
}

export interface OutgoingPost {
  readonly text: string;
  /** The idempotency key, stored before anything is sent: the network is asked to take one post for it, however often it is sent. */
  readonly key: string;
  /** The URL or id that it replies to, as the network's mentions gave it. */
  readonly inReplyTo: string | null;
  /** It goes on with a thread of the account's own: what it replies to is the post before it. */
  readonly isThread?: boolean;
  readonly options: PostOptions;
  /** The ids of its pictures on the server, where they are there already. */
  readonly mediaIds?: readonly string[] | null;
  /** Told where they are put there: the same post sent again shows the same. */
  readonly keepMedia?: (ids: readonly string[]) => Promise<void>;
}

export interface SentPost extends OutgoingPost {
  /** When it was first sent under its key; ISO 8601 in UTC. */
  readonly startedAt: string;
  /** The id of the account's newest post before it was sent; null: it had none. */
  readonly cursor: string | null;
  /** How often it was sent under its key. */
  readonly attempts: number;
  /** When it was last sent; without it, `startedAt`. A server may still be busy with that. */
  readonly lastSentAt?: string;
  /** When it was first looked for in vain after it was last sent; null: never yet. */
  readonly missedAt?: string | null;
}

export interface PublishedPost {
  readonly url: string;
  /** By which the network knows it. */
  readonly id: string;
  /** Where it is not quite as it was sent, one line for the owner: such as who can see it. */
  readonly notice?: string;
}

/** What became of a post that was sent. */
export type Found =
  | ({ readonly kind: 'there' } & PublishedPost)
  /** Certainly not there; the same post may be sent again now under its key. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'look again'; readonly afterMs: number }
  /** It is never sent again by the program: the owner is told what was found and decides. */
  | { readonly kind: 'cannot tell'; readonly reason: string };

export interface AccountFacts {
  readonly id: string;
  /** As others name it: `@ada@example.social`. */
  readonly name: string;
  readonly url: string;
  /** Whether it is marked as automated; null where the network has no such mark, or does not tell. */
  readonly isBot: boolean | null;
  /** Whether its profile says that its posts are generated. */
  readonly discloses: boolean;
  /** Whether its profile says who runs it; absent where nobody asks for that. */
  readonly saysWhoRunsIt?: boolean;
  /** What the token may do; null where the network does not tell. */
  readonly scopes: readonly string[] | null;
  /** For people, one sentence each: what the network lets it do, such as "300 posts in 3 hours". */
  readonly limits: readonly string[];
  /** For people, one sentence each: what the network's rules ask for and what it costs. */
  readonly rules: readonly string[];
}

export interface Author {
  readonly id: string;
  /** As others name it: `@bob@example.social`. */
  readonly name: string;
  readonly displayName: string;
  readonly isBot: boolean;
  /** Its profile asks that no bot answers it. */
  readonly refusesBots: boolean;
  /** The account has blocked or muted it, or it the account; absent where the network does not tell. */
  readonly isBlocked?: boolean;
}

export interface ThreadPost {
  readonly id: string;
  readonly url: string;
  readonly author: Author;
  readonly isOwn: boolean;
  /** Plain, without markup; never trusted. */
  readonly text: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly inReplyTo: string | null;
  readonly visibility: Visibility;
  readonly language: string | null;
}

export interface Mention {
  /** To go on from: what `mentions` is asked with the next time. */
  readonly cursor: string;
  readonly post: ThreadPost;
}

/** How those who read a post took it. */
export interface Outcome {
  readonly likes: number;
  readonly boosts: number;
  readonly replies: number;
}

export interface RingOptions {
  readonly signal: AbortSignal;
  /** Told once each time that the stream is lost; an `Unreached` where the network's server itself was not there. */
  readonly onLost?: (error: WorldError, retryAfterMs: number) => void | Promise<void>;
}

export interface Network {
  readonly name: string;
  /** The account by a name that no other has, such as `mastodon:example.social/1`: one writer at a time posts to it. */
  identity(): Promise<string>;
  /** A reply reaches only those that its text names. */
  readonly namesWhomItAnswers?: true;
  /** By the network's own counting; where the server says what it takes, that is known once `verify` has asked. */
  readonly length: { readonly max: number; readonly charactersPerLink?: number; count(text: string): number };
  /** @throws AccountError when the credentials are no good. */
  verify(): Promise<AccountFacts>;
  /** The id of the account's newest post, with which an attempt begins. */
  newestOwnId(): Promise<string | null>;
  /**
   * @throws Refusal when the post is certainly not there. After any other error it may be there: the draft is uncertain
   * until `find` settles it.
   */
  publish(post: OutgoingPost): Promise<PublishedPost>;
  /**
   * Looks for a post that was sent. Any error leaves it as uncertain as it was.
   * @throws WorldError when the network cannot be asked.
   */
  find(post: SentPost): Promise<Found>;
  /**
   * Where the network has streams: rings when somebody may have spoken to the account, until the signal is aborted. Lost
   * streams are begun again.
   * @throws WorldError when it cannot listen, or not now.
   */
  rings?(options: RingOptions): AsyncIterable<'connected' | 'mention'>;
  /** Oldest first, from the one after `since` on; `onUnreadable` is told of each in which something is missing. */
  mentions(since: string | null, onUnreadable?: () => void): AsyncIterable<Mention>;
  /** The conversation up to the post itself, oldest first. */
  thread(id: string): Promise<readonly ThreadPost[]>;
  outcome(id: string): Promise<Outcome>;
  /** Does nothing where it is gone already. */
  remove(id: string): Promise<void>;
  /** Puts other words into a post that is there, with the options that it was sent with; missing where the network has no such thing. */
  edit?(id: string, post: Pick<OutgoingPost, 'text' | 'options'>): Promise<void>;
}

/** The network said no, and the post is certainly not there. Retryable: the same post may be taken later. */
export class Refusal extends WorldError {
  override readonly name: string = 'Refusal';
}

/**
 * The network no longer lets the account post: a revoked token, a suspension, a scope that is missing. The persona pauses
 * until its owner has seen to it. Nothing was posted.
 */
export class AccountError extends Refusal {
  override readonly name = 'AccountError';

  constructor(message: string, { cause }: { readonly cause?: unknown } = {}) {
    super(message, { retryable: false, cause });
  }
}

/** Nobody was there: nothing was asked of the host. */
export class Unreached extends WorldError {
  override readonly name = 'Unreached';
  readonly host: string;

  constructor(message: string, host: string, { cause }: { readonly cause?: unknown } = {}) {
    super(message, { retryable: true, cause });
    this.host = host;
  }
}

/** The network has the text already: evidence that a post which was sent before is there, and no trouble of its server. */
export class DuplicateError extends WorldError {
  override readonly name = 'DuplicateError';
}
