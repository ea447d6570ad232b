/** The contract of a place where posts go. One file a network; `networks.ts` lists them. */
import { WorldError } from '../errors.ts';

export interface OutgoingPost {
  readonly text: string;
  /** The idempotency key: the network is asked to take one post for it, however often it is sent. */
  readonly key: string;
  /** The URL that it replies to. */
  readonly inReplyTo: string | null;
}

export interface SentPost extends OutgoingPost {
  readonly startedAt: string;
}

export interface Network {
  readonly name: string;
  /**
   * @throws Refusal when the post is certainly not there. After any other error it may be there: the draft is uncertain
   * until `find` settles it.
   */
  publish(post: OutgoingPost): Promise<{ readonly url: string }>;
  /**
   * Looks for a post that was sent. Null: it is certainly not there, and sending it again under its key is safe.
   * @throws WorldError when the network cannot tell.
   */
  find(post: SentPost): Promise<{ readonly url: string } | null>;
}

/** The network said no, and the post is certainly not there. Retryable: the same post may be taken later. */
export class Refusal extends WorldError {
  override readonly name = 'Refusal';
}
