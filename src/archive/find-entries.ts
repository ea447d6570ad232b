import type { Entry, Export } from './format.ts';
import { headOf } from './read-json.ts';

/**
 * The entries whose path ends as `suffix` says, so that wrapper folders do not matter: `/(^|\/)data\/tweets\.js$/i`.
 * Shallow ones first: a file of the same name deep in somebody's attachments is not the one.
 */
export function findAll(archive: Export, suffix: RegExp): Entry[] {
  const depth = ({ path }: Entry) => path.split('/').length;
  return archive.entries.filter(({ path }) => suffix.test(path)).sort((a, b) => depth(a) - depth(b));
}

/** Of one kind there are fewer in any export; a folder with more of them is something else. */
const MOST_LOOKED_AT = 5000;

/** Those of which the first `bytes` are as wanted. One after the other, as there may be thousands. */
export async function withHead(
  candidates: readonly Entry[],
  bytes: number,
  isWanted: (head: string) => boolean,
): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const entry of candidates.slice(0, MOST_LOOKED_AT)) if (isWanted(await headOf(entry, bytes))) found.push(entry);
  return found;
}

/** The shallowest of `findAll`. */
export function find(archive: Export, suffix: RegExp): Entry | undefined {
  return findAll(archive, suffix)[0];
}
