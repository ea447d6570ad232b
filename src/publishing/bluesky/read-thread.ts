import type { ThreadPost } from '../network.ts';
import { Refusal } from '../network.ts';
import { isPostUri } from './post-uri.ts';
import { type AuthorView, type PostView, readAuthor, readPost, threadPost } from './read-posts.ts';
import type { Session } from './session.ts';

/** Posts above the one asked for. More than a model reads; the server would give up to 1000. */
const PARENTS_MAX = 80;
const PROFILES_MAX = 25; // of one call of getProfiles

/** Oldest first, up to the post itself; from after the last post that is deleted or blocked. Empty where the post itself is. */
export async function readThread(session: Session, id: string): Promise<readonly ThreadPost[]> {
  if (!isPostUri(id)) return [];
  const { did: me } = await session.whoAmI();
  const params = { uri: id, depth: 0, parentHeight: PARENTS_MAX };
  let posts: PostView[];
  try {
    posts = upwards((await session.call((client) => client.get('app.bsky.feed.getPostThread', { params }))).thread);
  } catch (error) {
    if (error instanceof Refusal && /\bNotFound\b/.test(error.message)) return [];
    throw error;
  }
  const people = await profiles(session, posts);
  return posts.map((post) => threadPost({ ...post, author: people.get(post.author.did) ?? post.author }, me)).reverse();
}

/** The post itself first, then what it answers. */
function upwards(thread: unknown): PostView[] {
  const posts: PostView[] = [];
  let view = thread as { readonly post?: unknown; readonly parent?: unknown } | null | undefined; // of any shape
  while (view && posts.length <= PARENTS_MAX) {
    const post = readPost(view.post);
    if (!post) break;
    posts.push(post);
    view = view.parent as typeof view;
  }
  return posts;
}

/** A thread's authors come without their descriptions, in which they may ask bots to stay away. */
async function profiles(session: Session, posts: readonly PostView[]): Promise<ReadonlyMap<string, AuthorView>> {
  const dids = [...new Set(posts.map(({ author }) => author.did))] as `did:${string}:${string}`[];
  const found = new Map<string, AuthorView>();
  for (let from = 0; from < dids.length; from += PROFILES_MAX) {
    const actors = dids.slice(from, from + PROFILES_MAX);
    const answer = await session.call((client) => client.get('app.bsky.actor.getProfiles', { params: { actors } }));
    for (const profile of answer.profiles) {
      const person = readAuthor(profile);
      if (person) found.set(person.did, person);
    }
  }
  return found;
}
