/** What the owner wants gone, remembered by hash, so that no later import brings it back. */
import { createHash } from 'node:crypto';
import type { Store } from '../store/store.ts';
import type { Post } from './post.ts';

type Named = Pick<Post, 'service' | 'id' | 'text'>;

export interface Forgotten {
  has(post: Named): boolean;
}

export async function readForgotten(store: Store, persona: string): Promise<Forgotten> {
  const rows = await store.db.selectFrom('forgotten').select('hash').where('persona', '=', persona).execute();
  const hashes = new Set(rows.map(({ hash }) => hash));
  return { has: (post) => hashes.size > 0 && hashesOf(post).some((hash) => hashes.has(hash)) };
}

export async function rememberForgotten(
  store: Store,
  persona: string,
  posts: readonly Named[],
  now: Date,
): Promise<void> {
  const at = now.toISOString();
  for (const hash of posts.flatMap(hashesOf)) {
    await store.db
      .insertInto('forgotten')
      .values({ persona, hash, at })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** By its name, and by its words, under which another service may have it too. */
function hashesOf({ service, id, text }: Named): string[] {
  const byName = id === '' ? [] : [hashOf(`post ${service} ${id}`)];
  const words = plainWords(text);
  return words === '' ? byName : [...byName, hashOf(`text ${words}`)];
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Letters and digits alone: markup, links and typography differ between an export and what was made of it. */
export function plainWords(text: string): string {
  return text
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&(?:#\d+|#x[\da-f]+|[a-z]+\d*);/gi, ' ')
    .replace(/https?:\/\/\S+/g, ' ')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
