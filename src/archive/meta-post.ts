import { createHash } from 'node:crypto';
import type { MetaService } from './meta-records.ts';
import type { Author, Post } from './post.ts';

interface Said {
  readonly words: string;
  readonly time: string | null;
  readonly author: Author;
  readonly kind: 'post' | 'comment' | 'article';
}

/** What the account's owner wrote; the exports of Facebook and Instagram give it no id, so time and words make one. */
export function metaPost(service: MetaService, { words, time, author, kind }: Said): Post {
  const hash = createHash('sha256').update(words).digest('hex').slice(0, 12);
  return {
    service,
    id: `${kind}/${time ?? 'no time'}/${hash}`,
    author,
    mine: true,
    time,
    text: words,
    markup: 'plain',
    kind,
    // The exports do not say for whom it was; most is for friends.
    visibility: 'followers',
  };
}
