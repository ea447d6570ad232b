/** A text of one's own or of an author's, in a file by itself: what plain text, Markdown, HTML and EPUB have in common. */
import { createHash } from 'node:crypto';
import type { Entry, Export, Me } from './format.ts';
import type { Omission, Post } from './post.ts';
import { wholeText } from './text-encoding.ts';

/** Data that some service made: beside it, a text is that service's, and no writing of a person's. */
const DATA = /\.(json|js|mbox|xml|atom|rss|ics|vcf|db|sqlite|car)$/i;
const IN_BOOK = /\.epub!\/|(^|\/)(META-INF\/|mimetype$|[^/]+\.(opf|ncx)$)/i;

/** The entries with such an ending, where an export is nothing but writing. */
export function writtenEntries({ entries }: Export, ending: RegExp): Entry[] {
  const isData = ({ path }: Entry) => DATA.test(path) && !IN_BOOK.test(path);
  if (entries.some(isData)) return [];
  const isBook = entries.some(({ path }) => IN_BOOK.test(path));
  return entries.filter(({ path }) => ending.test(path) && !(isBook && inBook(path, entries)));
}

/** Inside an EPUB, by itself or among other files, the pages are the book's. */
function inBook(path: string, entries: readonly Entry[]): boolean {
  const root = /^(.*\.epub!\/)/i.exec(path)?.[1] ?? '';
  return entries.some((entry) => entry.path === `${root}META-INF/container.xml`);
}

/** The author where a text names none: the person who is asked, or simply its owner. */
export function writerOf(me: Me): string {
  return me.find((name) => name !== OWNER) ?? OWNER;
}

/** For texts that are their owner's because the owner gave them. */
export const OWNER = 'me';

/** A name for a text that has none: its words stay when the file is moved. */
function idOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}

/** The text of an entry; or an omission, when it is longer than a person writes in one file. */
export async function textOrOmission(entry: Entry): Promise<string | Omission> {
  const text = await wholeText(entry);
  return text ?? { omitted: 'longer than 16 MB', place: entry.path };
}

export function article(service: string, text: string, post: Partial<Post> & Pick<Post, 'author'>): Post {
  return {
    service,
    id: idOfText(text),
    mine: true,
    time: null,
    text,
    markup: 'plain',
    kind: 'article',
    visibility: 'public',
    ...post,
  };
}

/** Without what Project Gutenberg puts before and after a book. */
export function withoutGutenberg(text: string): string {
  const start = /\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG[^\n]*\*{3}\s*/i.exec(text);
  const end = /\*{3} ?END OF (?:THE|THIS) PROJECT GUTENBERG/i.exec(text);
  if (!start && !end) return text;
  return text.slice(start ? start.index + start[0].length : 0, end?.index).trim();
}
