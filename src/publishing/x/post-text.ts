/** A post's text as it was written: X shortens links, escapes three characters and puts names before replies. */
import type { TweetEntityUrlV2, TweetV2 } from 'twitter-api-v2';

/** With every link as it was written, and without those to its own pictures. Never trusted. */
export function textOf(post: TweetV2): string {
  const { text, entities } = post.note_tweet ?? post;
  return unescaped(expand(text, entities?.urls ?? [])).trim();
}

/** Whether X's text is the one that was sent; it may have put the names of those it answers before it. */
export function isSameText(sent: string, post: TweetV2): boolean {
  const theirs = textOf(post);
  if (comparable(sent) === comparable(theirs)) return true;
  return isReply(post) && comparable(withoutNames(sent)) === comparable(withoutNames(theirs));
}

export function isReply({ referenced_tweets: references }: TweetV2): boolean {
  return references?.some(({ type }) => type === 'replied_to') ?? false;
}

function expand(text: string, urls: readonly TweetEntityUrlV2[]): string {
  return urls.reduce(
    (expanded, { url, expanded_url: long, media_key: media }) =>
      expanded.replaceAll(url, () => (media === undefined ? (long ?? url) : '')),
    text,
  );
}

const unescaped = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

const withoutNames = (text: string) => text.replace(/^(?:\s*@\w{1,15}(?=\s|$))+/u, '');

/** X composes characters, cuts spaces and gives links a scheme. */
function comparable(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\s\p{Cf}]+/gu, ' ')
    .trim()
    .replace(
      /(?:https?:\/\/)?([^\s/]+\.[^\s/]+)(\/\S*?)?\/?(?=\s|$)/giu,
      (_, host: string, path = '') => host.toLowerCase() + path,
    );
}
