/** Which post an address leads to, however it was copied: browsers, apps and exports write the same one differently. */

export interface Address {
  /** Without what only says how it is to be shown. */
  readonly host: string;
  readonly segments: readonly string[];
  /** After the question mark. */
  readonly query: string;
}

/** Undefined where `text` is none. */
export function parseAddress(text: string): Address | undefined {
  const url = /^https?:\/\//i.test(text.trim()) ? URL.parse(text.trim()) : null;
  if (!url) return undefined;
  const host = url.host.replace(/^(?:www|mobile|m|old|new|np)\./, '').replace(/^twitter\.com$/, 'x.com');
  return { host, segments: url.pathname.split('/').filter((part) => part !== ''), query: url.search.slice(1) };
}

interface Named {
  readonly service: string;
  readonly post_id: string;
  readonly url: string | null;
}

/** Of which every address with a post's id in it leads to that post. */
const HOSTS: Readonly<Record<string, string>> = {
  'x.com': 'x',
  'bsky.app': 'bluesky',
  'reddit.com': 'reddit',
  'tumblr.com': 'tumblr',
  'discord.com': 'discord',
};
/** No word of an address, but a number or the like, as Mastodon and its kin have it. */
const NUMBER = /^(?=.*\d)[a-z0-9]{9,40}$/i;
const SHORTEST_ID = 5;

/**
 * How surely `address` leads to the post: 0 where it does not; the more, the later in it the post's id stands, as the address of
 * an answer may begin with what it answers; infinite where it is the post's own.
 */
export function leadsTo(address: Address, { service, post_id, url }: Named): number {
  if (url?.startsWith('/')) return isAt(url, address) ? address.segments.length : 0;
  const [own, identity] = [parseAddress(url ?? ''), parseAddress(post_id)];
  const place = address.segments.join('/');
  const isOwn = own?.host === address.host && own.segments.join('/') === place;
  if (own && isOwn && (own.query === address.query || own.query === '')) return Number.POSITIVE_INFINITY;
  const isService = Object.entries(HOSTS).some(
    ([host, name]) => name === service && (address.host === host || address.host.endsWith(`.${host}`)),
  );
  if (!isService && address.host !== own?.host && address.host !== identity?.host) return 0;
  const ids = new Set([post_id, post_id.split(/[/_]/).at(-1), ...(isService ? [] : [own?.segments.at(-1)])]);
  const isId = (part: string) => ids.has(part) && (isService ? part.length >= SHORTEST_ID : NUMBER.test(part));
  return address.segments.findLastIndex(isId) + 1;
}

/** Of blogs whose host is not known: a path of one word would be on many. */
function isAt(path: string, { segments }: Address): boolean {
  const own = path.split('/').filter((part) => part !== '');
  return own.length > 1 && own.join('/') === segments.join('/');
}
