/** The HTML of a status or profile as the plain text that its author wrote. */
import { type Attributes, type Fate, rewriteHtml } from '../../archive/own-html.ts';
import { htmlText } from '../../corpus/rules/html-text.ts';

export interface Mentioned {
  readonly url: string;
  /** `bob`, or `bob@example.social` on another server. */
  readonly acct: string;
}

/** Links are written out, which Mastodon shows a part of; mentions are whole addresses, which it cuts off at the second `@`. */
export function statusText(html: string, mentioned: readonly Mentioned[] = []): string {
  const addresses = new Map(mentioned.filter(({ url }) => url !== '').map(({ url, acct }) => [url, acct]));
  return htmlText(rewriteHtml(html, (tag, attributes) => fateOf(tag, attributes, addresses)));
}

function fateOf(tag: string, attributes: Attributes, addresses: ReadonlyMap<string, string>): Fate {
  if (tag === 'span') return 'unwrap';
  const classes = (attributes.class ?? '').split(/\s+/);
  if (classes.includes('quote-inline')) return 'drop'; // stands for a quoted status where that is not shown
  if (tag !== 'a' || attributes.href === undefined || classes.includes('hashtag')) return 'keep';
  const acct = addresses.get(attributes.href);
  if (acct !== undefined) return { instead: escaped(`@${acct}`) };
  if (classes.includes('mention')) return 'keep';
  return { instead: escaped(attributes.href) };
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
