/** Who is meant by a name, address, handle or id, however it is written. */

/** For comparing only: without case, invisible marks, and the signs that a person may put before a handle. */
function sameName(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^@/, '')
    .toLowerCase();
}

/** Names that were compared once, as a conversation has few authors and many messages. */
const MOST_REMEMBERED = 10_000;

/** Whether any of what is known of an author is among `names`. */
export function isAmong(names: Iterable<string>): (...known: readonly (string | null | undefined)[]) => boolean {
  const wanted = new Set([...names].map(sameName).filter((name) => name !== ''));
  const remembered = new Map<string, boolean>();
  const isWanted = (name: string) => {
    const answer = remembered.get(name) ?? wanted.has(sameName(name));
    if (remembered.size < MOST_REMEMBERED) remembered.set(name, answer);
    return answer;
  };
  return (...known) => known.some((name) => name != null && name !== '' && isWanted(name));
}

/**
 * The one who takes part in most conversations: the owner of them all, where nothing else says who that is. Undefined
 * unless there are two conversations and nobody else takes part in as many.
 */
export function inMostThreads(threads: Iterable<Iterable<string>>): string | undefined {
  const counts = new Map<string, number>();
  for (const people of threads) {
    for (const person of new Set(people)) counts.set(person, (counts.get(person) ?? 0) + 1);
  }
  const [first, second] = [...counts].sort((a, b) => b[1] - a[1]);
  return first && first[1] >= 2 && first[1] > (second?.[1] ?? 0) ? first[0] : undefined;
}
