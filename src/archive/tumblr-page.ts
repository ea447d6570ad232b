/** A post of Tumblr as a page, as its export and tumblr-backup write them. */
import { decodeHTML } from 'entities';
import { fromParts, fromZoned } from './instant.ts';
import { hasWords, rewriteHtml, wordsOf } from './own-html.ts';
import type { Omission, Post } from './post.ts';
import { ownPart } from './tumblr-ladder.ts';
import { talkInTags } from './tumblr-tags.ts';

const AROUND = new Set(['head', 'header', 'footer', 'nav', 'title', 'meta', 'link']);

/** What only a post's page has. */
const MARK = /<time\b|\bid=["']?(?:timestamp|footer|p-\d)/i;
const LINK_TO_PAGE = /<a\b[^<>]*\bhref=["']?(?!\w+:)[^"'\s<>]+\.html/i;

export interface PageContext {
  /** That in the name of the file. */
  readonly id: string;
  readonly author: string;
  readonly tagsAsTalk: boolean;
}

/** The post, or why there is none; and what its tags say, if they are to be read. */
export function* readTumblrPage(page: string, about: PageContext, place: string): Generator<Post | Omission> {
  if (!MARK.test(page) && LINK_TO_PAGE.test(page)) {
    yield { omitted: 'list of pages', place };
    return;
  }
  const { isReblog, html } = ownPart(bodyOf(page));
  const lines = withoutFrame(html)
    .split('\n')
    .map((line) => line.trim());
  const own = lines.filter((line) => line !== '').join('\n');
  const title = isReblog ? '' : wordsOf(/<h1[^>]{0,200}>([\s\S]{0,1000}?)<\/h1>/i.exec(page)?.[1] ?? '');
  const tags = [...page.matchAll(/<(?:span|a) class="?tag"?[^>]{0,300}>#?([^<]{1,200})</gi)].map(([, tag = '']) =>
    decodeHTML(tag).trim(),
  );
  const post: Post = {
    service: 'tumblr',
    id: about.id,
    author: { id: about.author },
    mine: true,
    time: timeIn(page),
    text: own,
    markup: 'html',
    kind: 'post',
    visibility: 'public',
    ...(title && { title }),
    ...(tags.length > 0 && { tags }),
  };
  yield hasWords(own) ? post : { omitted: isReblog ? 'reblog' : 'no text', place };
  const talk = about.tagsAsTalk ? talkInTags(post) : undefined;
  if (talk) yield talk;
}

/** The post without its heading, date and tags. */
function bodyOf(page: string): string {
  return rewriteHtml(page, (tag, { id = '', class: classes = '' }) => {
    const isAround = AROUND.has(tag) || tag === 'h1' || id === 'footer' || /^(?:meta|tags|date)$/.test(classes);
    return isAround ? 'drop' : 'keep';
  });
}

function withoutFrame(html: string): string {
  return rewriteHtml(html.replace(/<!DOCTYPE[^>]{0,200}>/i, ''), (tag) =>
    ['html', 'body', 'article', 'main', 'section'].includes(tag) ? 'unwrap' : 'keep',
  ).replace(/<\/(?:html|body|article|main|section)>/gi, '');
}

const MONTHS = 'january february march april may june july august september october november december'.split(' ');
/** `March 19th, 2015 10:03pm` */
const SPOKEN = /\b([a-z]+) (\d{1,2})(?:st|nd|rd|th), (\d{4}) (\d{1,2}):(\d\d)(?::(\d\d))? ?([ap])m/i;

/** Of the `time` element; or of the words at the foot, whose zone is unsaid: taken as UTC, at most some hours wrong. */
function timeIn(page: string): string | null {
  const machine = /<time[^>]{0,200}\bdatetime=["']?([^"'>\s]{10,40})/i.exec(page)?.[1];
  const exact = fromZoned(machine);
  if (exact !== null) return exact;
  const foot = page.slice(Math.max(0, page.search(/id="?(?:footer|timestamp)/i)));
  const [, month = '', day, year, hour, minute, second, half] = SPOKEN.exec(foot.slice(0, 5000)) ?? [];
  const monthNumber = MONTHS.indexOf(month.toLowerCase()) + 1;
  if (monthNumber === 0) return null;
  const hours = (Number(hour) % 12) + (half?.toLowerCase() === 'p' ? 12 : 0);
  return fromParts({ year, month: monthNumber, day, hour: hours, minute, second: second ?? 0 });
}
