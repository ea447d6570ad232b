/** Parts of a page, cut out of its source as they stand. */
import type { Parser } from 'htmlparser2';
import { parseMarkup } from './shallow-parser.ts';

export interface HtmlPart {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The source between its tags. */
  readonly inner: string;
}

/** The outermost elements with one of `tags`, in the order of the page; where it is nested beyond reason, those before. */
export function htmlParts(html: string, tags: readonly string[]): HtmlPart[] {
  const parts: HtmlPart[] = [];
  let open:
    | { readonly tag: string; readonly attributes: Readonly<Record<string, string>>; readonly start: number }
    | undefined;
  let depth = 0;
  let parser!: Pick<Parser, 'startIndex' | 'endIndex'>;
  parseMarkup(
    html,
    {
      onparserinit: (itself) => void (parser = itself),
      onopentag(tag, attributes) {
        if (open) {
          if (tag === open.tag) depth++;
        } else if (tags.includes(tag)) {
          open = { tag, attributes, start: parser.endIndex + 1 };
          depth = 1;
        }
      },
      onclosetag(tag) {
        if (!open || tag !== open.tag || --depth > 0) return;
        parts.push({ tag, attributes: open.attributes, inner: html.slice(open.start, parser.startIndex) });
        open = undefined;
      },
    },
    { recognizeSelfClosing: true },
  );
  return parts;
}

/** The text of a piece of HTML, on one line; for titles and lengths, not for a corpus. */
export function textOf(html: string): string {
  const pieces: string[] = [];
  let hidden = 0;
  parseMarkup(html, {
    onopentag: (tag) => void (HIDDEN.has(tag) && hidden++),
    ontext: (text) => void (hidden === 0 && pieces.push(text)),
    onclosetag: (tag) => void (HIDDEN.has(tag) && hidden--),
  });
  return pieces.join('').replace(/\s+/g, ' ').trim();
}

const HIDDEN = new Set(['script', 'style', 'template']);
