import { Refusal } from '../network.ts';

/** X leads from there to the post, whoever wrote it. */
export const urlOf = (id: string) => `https://x.com/i/web/status/${id}`;

/** @throws Refusal when it is neither an id nor the address of a post. */
export function idOf(idOrUrl: string): string {
  const id =
    /^\d{1,19}$/.exec(idOrUrl)?.[0] ?? /^https:\/\/(?:x|twitter)\.com\/.*\/status\/(\d{1,19})$/.exec(idOrUrl)?.[1];
  if (id !== undefined) return id;
  throw new Refusal('Expected the id or the URL of a post on X to reply to, found something else', {
    retryable: false,
  });
}
