/** EPUB books: each page of the spine is one text by the author that the person names. */
import path from 'node:path/posix';
import type { Entry, Export, Format, Me, Unread } from '../format.ts';
import { htmlParts, textOf } from '../html-parts.ts';
import type { Omission, Post } from '../post.ts';
import { wholeText } from '../text-encoding.ts';
import { article, textOrOmission, withoutGutenberg, writerOf } from '../written-text.ts';
import { xmlElements } from '../xml-elements.ts';

const CONTAINER = /^(.*\/)?META-INF\/container\.xml$/;
/** In characters: title pages and the like have fewer. */
const SHORTEST_CHAPTER = 200;

export const epub: Format = {
  name: 'epub',
  sources: [
    {
      service: 'books',
      where: 'a library or shop, without copy protection',
      drop: '.epub, with --author NAME --licence TEXT',
    },
  ],
  detect: async (archive) => archive.entries.some(({ path }) => CONTAINER.test(path)),
  owner: async () => [],

  async *read(archive, me) {
    for (const { path: container } of archive.entries.filter((entry) => CONTAINER.test(entry.path))) {
      yield* readBook(archive, CONTAINER.exec(container)?.[1] ?? '', me);
    }
  },
};

async function* readBook(archive: Export, root: string, me: Me): AsyncGenerator<Unread | Omission> {
  const book = await bookAt(archive, root);
  if (!book) {
    yield { omitted: 'unreadable', place: `${root}META-INF/container.xml` };
    return;
  }
  for (const page of book.spine) {
    const { href, isLinear } = page;
    const entry = archive.entries.find(({ path }) => path === href);
    if (book.encrypted.has(href)) yield { omitted: 'encrypted', place: href };
    else if (!entry) yield { omitted: 'missing', place: href };
    else if (!isLinear) yield { omitted: 'not part of the book', place: href };
    else yield await readChapter(entry, page.name, book, me);
  }
}

async function readChapter(entry: Entry, name: string, book: Book, me: Me): Promise<Unread | Omission> {
  const source = await textOrOmission(entry);
  if (typeof source !== 'string') return source;
  const read = () => {
    const chapter = toChapter(source, book, me);
    return typeof chapter === 'string'
      ? { omitted: chapter, place: entry.path }
      : { ...chapter, id: `${book.id}#${name}` };
  };
  return { place: entry.path, size: source.length, read };
}

/** Or why it is none. */
function toChapter(source: string, book: Book, me: Me): Post | string {
  const body = withoutGutenberg(htmlParts(source, ['body'])[0]?.inner ?? '');
  const words = textOf(body);
  if (words.length < SHORTEST_CHAPTER) return 'title page';
  if (/PROJECT GUTENBERG/i.test(words.slice(0, 500))) return 'licence';
  return article('epub', body, {
    author: { id: writerOf(me) },
    markup: 'html',
    thread: book.id,
    title: book.title,
    ...(book.language ? { language: book.language } : {}),
  });
}

interface Book {
  readonly id: string;
  readonly title: string;
  readonly language: string | undefined;
  readonly spine: readonly Page[];
  /** Paths of what only the shop's own reader can open. */
  readonly encrypted: ReadonlySet<string>;
}

interface Page {
  /** Its path, and the same within the book's own folder. */
  readonly href: string;
  readonly name: string;
  readonly isLinear: boolean;
}

async function bookAt(archive: Export, root: string): Promise<Book | undefined> {
  const at = (name: string) => archive.entries.find((entry) => entry.path === root + name);
  const container = await elementsOf(at('META-INF/container.xml'));
  const packagePath = container.find(({ name }) => name === 'rootfile')?.attributes['full-path'];
  const elements = await elementsOf(packagePath === undefined ? undefined : at(packagePath));
  if (packagePath === undefined || elements.length === 0) return undefined;

  const locked = (await elementsOf(at('META-INF/encryption.xml'))).filter(({ name }) => name === 'cipherreference');
  const first = (name: string) => elements.find((element) => element.name === name)?.text.trim();
  const pages = new Map(
    elements.filter(({ name }) => name === 'item').map(({ attributes }) => [attributes.id, attributes]),
  );
  const folder = path.dirname(packagePath);
  return {
    id: first('identifier') || packagePath,
    title: first('title') || packagePath,
    language: first('language'),
    encrypted: new Set(locked.map(({ attributes }) => root + decodeHref(attributes.URI ?? ''))),
    spine: elements
      .filter(({ name }) => name === 'itemref')
      .flatMap(({ attributes: { idref, linear } }) => {
        const page = pages.get(idref);
        if (page?.href === undefined) return [];
        const isNavigation = (page.properties ?? '').split(' ').includes('nav');
        const name = path.normalize(decodeHref(page.href));
        return [{ href: root + path.join(folder, name), name, isLinear: linear !== 'no' && !isNavigation }];
      }),
  };
}

async function elementsOf(entry: Entry | undefined) {
  return xmlElements((entry && (await wholeText(entry))) ?? '');
}

function decodeHref(href: string): string {
  try {
    return decodeURIComponent(href);
  } catch {
    return href;
  }
}
