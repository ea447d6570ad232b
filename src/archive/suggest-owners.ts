/** Who may be the owner of an export that does not say: who takes part in the most conversations, then who writes most. */
import type { Export, Format } from './format.ts';
import { readInTime } from './read-in-time.ts';

/** Posts that are looked at: enough to see who is everywhere, few enough to wait for. */
const ENOUGH = 20_000;
const MOST = 5;

export async function suggestOwners(format: Format, archive: Export): Promise<readonly string[]> {
  if (format.candidates) return (await format.candidates(archive)).slice(0, MOST);
  const authors = new Map<string, { name: string; posts: number; threads: Set<string> }>();
  let posts = 0;
  for await (const together of readInTime(format.read(archive, []))) {
    for (const item of together) {
      if ('omitted' in item) continue;
      const { id, name } = item.author;
      const author = authors.get(id) ?? {
        name: name && name !== id ? `${name} (${id})` : id,
        posts: 0,
        threads: new Set(),
      };
      author.posts++;
      author.threads.add(item.thread ?? '');
      authors.set(id, author);
      posts++;
    }
    if (posts >= ENOUGH) break;
  }
  return [...authors.values()]
    .sort((a, b) => b.threads.size - a.threads.size || b.posts - a.posts)
    .slice(0, MOST)
    .map(({ name }) => name);
}
