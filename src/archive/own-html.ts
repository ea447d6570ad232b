/** HTML without what others wrote in it. What stays is as it was written, byte for byte: cleaning is the corpus's business. */
import type { Parser } from 'htmlparser2';
import { parseMarkup } from './shallow-parser.ts';

export type Attributes = Readonly<Record<string, string>>;
/** `drop` takes an element out with all that is in it, `unwrap` only its tags; other text may stand in its place. */
export type Fate = 'keep' | 'drop' | 'unwrap' | { readonly instead: string };

/** They have no end tag. */
const VOID = new Set([
  'area',
  'base',
  'br',
  'col',
  'embed',
  'hr',
  'img',
  'input',
  'link',
  'meta',
  'source',
  'track',
  'wbr',
]);
const NO_WORDS = new Set(['script', 'style', 'noscript', 'template', 'iframe', 'object', 'svg']);

/** `html` with its elements kept, dropped or exchanged as `decide` says, and without comments and scripts; '' where it is nested beyond reason. */
export function rewriteHtml(html: string, decide: (tag: string, attributes: Attributes) => Fate): string {
  const kept: string[] = [];
  /** Elements that are open, with whether their tags go. */
  const open: { readonly tag: string; readonly isUnwrapped: boolean }[] = [];
  /** Up to here the source is decided. */
  let at = 0;
  /** How many elements are open outside of the one that is being dropped. */
  let droppedAt: number | undefined;
  const keepTo = (index: number) => {
    if (droppedAt === undefined && index > at) kept.push(html.slice(at, index));
    at = Math.max(at, index);
  };
  let parser!: Pick<Parser, 'startIndex' | 'endIndex'>;
  const isParsed = parseMarkup(html, {
    onparserinit: (itself) => void (parser = itself),
    onopentag(tag, attributes) {
      const fate = droppedAt !== undefined ? 'keep' : NO_WORDS.has(tag) ? 'drop' : decide(tag, attributes);
      open.push({ tag, isUnwrapped: fate === 'unwrap' });
      if (fate === 'keep') return;
      keepTo(parser.startIndex);
      at = parser.endIndex + 1;
      if (fate === 'unwrap') return;
      if (typeof fate === 'object') kept.push(fate.instead);
      droppedAt = open.length - 1;
    },
    onclosetag(tag, isImplied) {
      const element = open.pop();
      const hasTag = !isImplied || VOID.has(tag);
      if (element?.isUnwrapped && droppedAt === undefined && hasTag) {
        keepTo(parser.startIndex);
        at = parser.endIndex + 1;
      }
      if (open.length !== droppedAt) return;
      droppedAt = undefined;
      at = hasTag ? parser.endIndex + 1 : Math.max(at, parser.startIndex);
    },
    oncomment() {
      if (droppedAt !== undefined) return;
      keepTo(parser.startIndex);
      at = parser.endIndex + 1;
    },
  });
  if (!isParsed) return '';
  keepTo(html.length);
  return kept.join('');
}

/** Without quotations; for what has no marks of its own for them. */
export function withoutQuotes(html: string): string {
  return rewriteHtml(html, (tag) => (tag === 'blockquote' || tag === 'q' ? 'drop' : 'keep'));
}

/** A letter, digit or picture in the text after a tag, apart from the names of entities. It never runs past a ">": each begins anew. */
const WORD_AFTER_TAG =
  /(?:^|>)(?:&#?\w{1,30};|&(?!#?\w{1,30};)|[^<>&\p{L}\p{N}\p{Extended_Pictographic}])*[\p{L}\p{N}\p{Extended_Pictographic}]/u;

/** Whether a reader would see any words. */
export function hasWords(html: string): boolean {
  return WORD_AFTER_TAG.test(html) || /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(wordsOf(html));
}

/** The text of a short piece, on one line, for titles; '' where it is nested beyond reason. */
export function wordsOf(html: string): string {
  const pieces: string[] = [];
  const isParsed = parseMarkup(html, { ontext: (text) => void pieces.push(text) });
  return isParsed ? pieces.join('').replace(/\s+/g, ' ').trim() : '';
}
