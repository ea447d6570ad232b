/** Pages of HTML, saved or published: each is one text by the author that the person names. */
import type { Entry, Format, Me } from '../format.ts';
import { htmlParts, textOf } from '../html-parts.ts';
import { type Attributes, rewriteHtml } from '../own-html.ts';
import type { Omission, Post } from '../post.ts';
import { article, textOrOmission, withoutGutenberg, writerOf, writtenEntries } from '../written-text.ts';

const ENDING = /\.x?html?$/i;

export const html: Format = {
  name: 'html',
  sources: [
    { service: 'pages', where: 'saved from a browser', drop: '.html files, with --author NAME --licence TEXT' },
  ],
  detect: async (archive) => writtenEntries(archive, ENDING).length > 0,
  owner: async () => [],

  async *read(archive, me) {
    for (const entry of writtenEntries(archive, ENDING)) {
      const source = await textOrOmission(entry);
      if (typeof source !== 'string') yield source;
      else yield { place: entry.path, size: source.length, read: () => toPost(entry, source, me) };
    }
  },
};

function toPost(entry: Entry, source: string, me: Me): Post | Omission {
  const text = withoutEmbedded(withoutGutenberg(mainPart(source)));
  if (textOf(text) === '') return { omitted: 'empty', place: entry.path };
  const title = textOf(htmlParts(source, ['title'])[0]?.inner ?? '');
  const language = htmlParts(source, ['html'])[0]?.attributes.lang;
  return article('html', text, {
    author: { id: writerOf(me) },
    markup: 'html',
    ...(title === '' ? {} : { title }),
    ...(language ? { language } : {}),
  });
}

/** A post of somebody else, shown in the page: by the class that the service, or the program that wrote the page, gives it. */
const EMBEDDED =
  /(?:^|\s)(?:twitter-(?:tweet|video)|instagram-media|tiktok-embed|bluesky-embed|mastodon-embed|reddit-(?:embed|card)\S*|text-post-media|wp-embedded-content|wp-block-(?:pull)?quote|wp-block-embed)(?:\s|$)/;

/** Quotations that are the book's own, as its letters and verses, stay. */
function withoutEmbedded(html: string): string {
  const fateOf = (tag: string, { class: classes = '', cite }: Attributes) =>
    EMBEDDED.test(classes) || (tag === 'blockquote' && cite !== undefined) ? 'drop' : 'keep';
  return /<(?:blockquote|figure|iframe)\b/i.test(html) ? rewriteHtml(html, fateOf) : html;
}

/** The articles, else the main part, else the body: the rest is navigation. */
function mainPart(source: string): string {
  const articles = htmlParts(source, ['article']);
  if (articles.length > 0) return articles.map(({ inner }) => inner).join('\n');
  return (htmlParts(source, ['main'])[0] ?? htmlParts(source, ['body'])[0])?.inner ?? source;
}
