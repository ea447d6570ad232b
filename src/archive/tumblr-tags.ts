/** What people say on Tumblr where others look for shelf marks: whole sentences, a tag each. */
import type { Post } from './post.ts';

/** At least: fewer are the name of something. */
const SENTENCE = /\S+(?:\s+\S+){3}/; // words

/** The sentences among the tags of `post`, as a post of their own; undefined where there are none. */
export function talkInTags(post: Post): Post | undefined {
  const sentences = (post.tags ?? []).filter((tag) => SENTENCE.test(tag));
  if (sentences.length === 0) return undefined;
  const { tags, title, ...common } = post;
  return {
    ...common,
    id: `${post.id}/tags`,
    text: sentences.join('\n'),
    markup: 'plain',
    kind: 'post',
    thread: post.thread ?? post.id,
  };
}
