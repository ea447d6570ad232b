import { createHash } from 'node:crypto';
import type { Post } from './post.ts';

/** What the account's owner wrote; the export gives it no id, so time and words make one. */
export function instagramPost(words: string, time: string | null, author: string, kind: 'post' | 'comment'): Post {
  const hash = createHash('sha256').update(words).digest('hex').slice(0, 12);
  return {
    service: 'instagram',
    id: `${kind}/${time ?? 'no time'}/${hash}`,
    author: { id: author },
    mine: true,
    time,
    text: words,
    markup: 'plain',
    kind,
    // The export does not say whether the account is for everybody.
    visibility: 'followers',
  };
}
