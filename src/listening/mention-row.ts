import type { Insertable } from 'kysely';
import type { ThreadPost } from '../publishing/network.ts';
import type { MentionsTable } from '../store/tables.ts';

/** What is kept of one post. UTF-16 units. */
const LONGEST_TEXT = 5000;

export interface Addressed {
  readonly persona: string;
  /** Whose account it was said to. */
  readonly account: string;
  readonly post: ThreadPost;
  readonly now: Date;
}

/** A post as the store has it, without what is to become of it. */
export function mentionRow({ persona, account, post, now }: Addressed) {
  return {
    persona,
    account,
    post_id: post.id,
    url: post.url,
    author_id: post.author.id,
    author_name: post.author.name,
    visibility: post.visibility,
    at: post.at,
    seen_at: now.toISOString(),
  } as const satisfies Partial<Insertable<MentionsTable>>;
}

export function keptText({ text }: Pick<ThreadPost, 'text'>): string {
  return text.slice(0, LONGEST_TEXT).toWellFormed();
}
