import type { Entry, Export } from './format.ts';

/**
 * The entries whose path ends as `suffix` says, so that wrapper folders do not matter: `/(^|\/)data\/tweets\.js$/i`.
 * Shallow ones first: a file of the same name deep in somebody's attachments is not the one.
 */
export function findAll(archive: Export, suffix: RegExp): Entry[] {
  const depth = ({ path }: Entry) => path.split('/').length;
  return archive.entries.filter(({ path }) => suffix.test(path)).sort((a, b) => depth(a) - depth(b));
}

/** The shallowest of `findAll`. */
export function find(archive: Export, suffix: RegExp): Entry | undefined {
  return findAll(archive, suffix)[0];
}
