/** Reblogs as HTML: a ladder of quotations, each under the name of a blog, and below it what was added. */
import { Parser } from 'htmlparser2';
import { rewriteHtml, withoutQuotes } from './own-html.ts';

export interface OwnPart {
  readonly isReblog: boolean;
  /** '' where nothing was added, or nothing tells what was. */
  readonly html: string;
}

/** Before quotations were marked, only this told that words are another's. */
const VIA = /\((?:via|Source:|Quelle:|Fuente:)\s*<a\b/i;

/** What the last blog on the ladder added; all of `html` but its quotations, where there is no ladder. */
export function ownPart(html: string): OwnPart {
  // Nested beyond reason, it is empty; so is what no parser should see twice.
  const whole = rewriteHtml(html, () => 'keep');
  const end = ladderEnd(whole);
  if (end !== undefined) return { isReblog: true, html: withoutQuotes(whole.slice(end)).trim() };
  if (VIA.test(whole)) return { isReblog: true, html: '' };
  return { isReblog: false, html: withoutQuotes(whole).trim() };
}

/** How far before a quotation its name may begin, in characters. */
const LONGEST_NAME = 400;
/** A link to a blog's post as the name, where it is not marked as such. */
const LINKED =
  /<a\b[^<>]*\bhref=["']?https?:\/\/(?:[a-z0-9-]+\.tumblr\.com\/(?:post\/\d|dashboard\/blog\/|blog\/private_)|tmblr\.co\/)[^<>]*>[^<>]*<\/a>:\s*(?:<\/p>)?\s*$/i;
/** What is left of the name where the blog is gone; own words may look like it, but not as the first ones. */
const BARE = /^\s*(?:<p>)+[a-z0-9-]{2,32}:<\/p>\s*$/;

/** Behind the last outermost quotation that stands under the name of a blog. */
function ladderEnd(html: string): number | undefined {
  let end: number | undefined;
  let depth = 0;
  let isNamed = false;
  let isRung = false;
  const parser = new Parser(
    {
      onopentag(tag, attributes) {
        if (tag === 'a' && depth === 0) isNamed ||= /\btumblr_blog\b/.test(attributes.class ?? '');
        if (tag === 'blockquote' && depth++ === 0) isRung = isNamed || isName(html.slice(0, parser.startIndex));
      },
      onclosetag(tag) {
        if (tag !== 'blockquote' || --depth > 0) return;
        if (isRung) end = Math.min(parser.endIndex + 1, html.length);
        isNamed = false;
      },
    },
    { decodeEntities: true },
  );
  parser.end(html);
  return end;
}

function isName(before: string): boolean {
  return LINKED.test(before.slice(-LONGEST_NAME)) || (before.length <= LONGEST_NAME && BARE.test(before));
}
