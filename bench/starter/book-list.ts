/** The books that a model was made from, as a table. */
import { readFileSync } from 'node:fs';
import { markdownTable } from './readme-section.ts';

interface Book {
  readonly author: string;
  readonly title: string;
  documents: number;
  bytes: number;
}

/** Reads JSON lines with `author`, `title` and `text`. */
export function listBooks(files: readonly string[]): readonly Book[] {
  const books = new Map<string, Book>();
  for (const line of files.flatMap((file) => readFileSync(file, 'utf8').split('\n').filter(Boolean))) {
    const { author, title, text }: { author: string; title: string; text: string } = JSON.parse(line);
    const key = JSON.stringify([author, title]);
    const book = books.get(key) ?? { author, title, documents: 0, bytes: 0 };
    book.documents += 1;
    book.bytes += Buffer.byteLength(text);
    books.set(key, book);
  }
  return [...books.values()].sort((a, b) => a.author.localeCompare(b.author) || a.title.localeCompare(b.title));
}

/** @param part what a book of that title is for */
export function bookTable(books: readonly Book[], part: (title: string) => string): string {
  return markdownTable(
    ['author and title', 'for', 'documents', 'kB'],
    books.map(({ author, title, documents, bytes }) => [
      `${author}: ${title}`,
      part(title),
      String(documents),
      String(Math.round(bytes / 1000)),
    ]),
  );
}
