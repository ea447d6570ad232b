/** Where a post is: by its AT URI, as servers say it, or by the page that people open. */
export type Did = `did:${string}:${string}`;
export type PostUri = `at://${Did}/app.bsky.feed.post/${string}`;

export const POSTS = 'app.bsky.feed.post';

export function uriOf(did: Did, key: string): PostUri {
  return `at://${did}/${POSTS}/${key}`;
}

const URI = /^at:\/\/(did:[a-z]+:[A-Za-z0-9._:%-]+)\/app\.bsky\.feed\.post\/([A-Za-z0-9._:~-]{1,512})$/;
const PAGE = /^https:\/\/bsky\.app\/profile\/([A-Za-z0-9._:%-]+)\/post\/([A-Za-z0-9._:~-]{1,512})\/?$/;

/** Null where `id` names no post. */
export async function postUri(id: string, resolve: (handle: string) => Promise<Did | null>): Promise<PostUri | null> {
  if (URI.test(id)) return id as PostUri;
  const [, actor = '', key = ''] = PAGE.exec(id) ?? [];
  if (key === '') return null;
  const did = actor.startsWith('did:') ? (actor as Did) : await resolve(actor);
  return did && uriOf(did, key);
}

/** The page of a post. By the author's DID where it has no handle that stands. */
export function pageOf(uri: string, handle?: string): string {
  const [, did = '', key = ''] = URI.exec(uri) ?? [];
  const actor = handle === undefined || handle === '' || handle === 'handle.invalid' ? did : handle;
  return `https://bsky.app/profile/${actor}/post/${key}`;
}

export function keyOf(uri: string): string | undefined {
  return URI.exec(uri)?.[2];
}

export function isPostUri(uri: string): uri is PostUri {
  return URI.test(uri);
}
