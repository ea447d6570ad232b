/** One text by one author, as an archive has it; cleaning is the corpus's business. */
export interface Post {
  /** The service that it was written on: `x`, `mastodon`, `gmail`. With `id` it names the post for good. */
  readonly service: string;
  /** As the service has it; where it has none, made from what will not change (place, time, author). Never a number. */
  readonly id: string;
  readonly author: Author;
  /** Whether the archive's owner wrote all of `text`. What is not mine is kept only as the context of what is. */
  readonly mine: boolean;
  /** ISO 8601 in UTC; null where the archive does not say. */
  readonly time: string | null;
  /** Without what others wrote in it (quotes, forwarded parts), otherwise as it stands. */
  readonly text: string;
  readonly markup: 'plain' | 'html' | 'markdown';
  readonly kind: 'post' | 'article' | 'comment' | 'message' | 'mail';
  readonly visibility: 'public' | 'unlisted' | 'followers' | 'private';
  readonly title?: string;
  /** The conversation, thread or page that it belongs to. */
  readonly thread?: string;
  /** The id of the post that it answers, on the same service. */
  readonly inReplyTo?: string;
  /** Without its host, from the slash on, where the archive does not say on which host it is. */
  readonly url?: string;
  /** BCP 47, where the service says so. */
  readonly language?: string;
  readonly tags?: readonly string[];
}

export interface Author {
  /** The service's own id, account or address, by which owners are recognised; a display name only where there is none. */
  readonly id: string;
  readonly name?: string;
}

/** What a format left out, counted by rule and never silently: `retweet`, `system line`, `draft`, `unreadable`. */
export interface Omission {
  readonly omitted: string;
  /** The entry, and where in it, for `archive add --verbose`. */
  readonly place: string;
}

/** The rule that counts texts of which only the beginning is kept, as they are longer than anybody writes there. */
export const CUT = 'end of a long text';
/** The same for mails. What follows there is nearly always more of what is attached; but words may stand behind it. */
export const CUT_MAIL = 'end of a large mail';

/** `post` with the omission of its end, where that `isCut`. */
export function withCut(post: Post | Omission, isCut: boolean, place: string): (Post | Omission)[] {
  return isCut && !('omitted' in post) ? [post, { omitted: CUT, place }] : [post];
}
