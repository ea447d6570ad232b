/** A thread as it is kept with a mention, for the owner to read what a reply answers. Others wrote it: never trusted. */
import { z } from 'zod';
import type { ThreadPost } from '../publishing/network.ts';

const schema = z.array(
  z.object({ author: z.string(), isOwn: z.boolean(), text: z.string(), at: z.string(), url: z.string() }),
);
export type KeptPost = Readonly<z.output<typeof schema>[number]>;

/** Enough to understand an answer; a thread of a thousand posts is read, not kept. */
const MOST_POSTS = 12;
const LONGEST_POST = 2000; // UTF-16 units

export function keptThread(thread: readonly ThreadPost[]): string {
  const posts = thread.slice(-MOST_POSTS).map(({ author, isOwn, text, at, url }): KeptPost => {
    return { author: author.name, isOwn, text: text.slice(0, LONGEST_POST).toWellFormed(), at, url };
  });
  return JSON.stringify(posts);
}

export function readKeptThread(json: string): readonly KeptPost[] {
  return schema.parse(JSON.parse(json));
}
