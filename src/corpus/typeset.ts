/**
 * Sets a text that was typed for a terminal as a book would: paragraphs unwrapped, verse in its lines, dashes. Quotes
 * stay straight, as people type them and as the starter has read them. Blocks are separated by empty lines; what is
 * indented is verse or a quotation, and what is indented far is the name of its author. The heuristics were fitted to,
 * and read against, The Devil's Dictionary.
 */
export function typeset(text: string): string {
  return text
    .split(/\n\s*\n/)
    .filter((block) => block.trim() !== '')
    .map((block) => typesetBlock(block.split('\n').filter((line) => line.trim() !== '')))
    .join('\n\n')
    .replace(/\n\n(?=—[^\n]*$)/g, '\n');
}

const AUTHOR_INDENT = 35;

function typesetBlock(lines: readonly string[]): string {
  const author = lines.length > 0 && indentOf(lines.at(-1) ?? '') >= AUTHOR_INDENT ? lines.at(-1)?.trim() : undefined;
  const body = author === undefined ? lines : lines.slice(0, -1);
  const texts = isVerse(body) ? body.map((line) => line.trim()) : paragraphs(body);
  const separator = isVerse(body) ? '\n' : '\n\n';
  const set = texts.map(punctuate).join(separator);
  if (author === undefined) return set;
  return [set, `—${spaceInitials(punctuate(author))}`].filter((part) => part !== '').join('\n');
}

/** Wrapped prose goes on in small letters, verse begins its lines with capitals. */
function isVerse(lines: readonly string[]): boolean {
  if (!lines.every((line) => indentOf(line) >= 4)) return false;
  const continued = lines.slice(1).filter((line) => /^\s*["'(_]*[a-z]/.test(line)).length;
  return continued < 0.3 * (lines.length - 1) || lines.length === 1;
}

/** A paragraph begins where the indentation says so: deeper than the rest, or, where paragraphs hang, shallower. */
function paragraphs(lines: readonly string[]): string[] {
  const indents = lines.map(indentOf);
  const base = Math.min(...indents);
  const hanging = indents[0] === base && indents[1] !== undefined && indents[1] > base && base > 0;
  const begins = (indent: number) => (hanging ? indent === base : indent > base);
  const found: string[] = [];
  for (const line of lines) {
    if (found.length === 0 || begins(indentOf(line))) found.push(line.trim());
    else found.push(join(found.pop() ?? '', line.trim()));
  }
  return found;
}

/** A word hyphenated at the end of its line keeps its hyphen: such hyphens are the author's. */
function join(paragraph: string, line: string): string {
  return /\p{L}-$/u.test(paragraph) ? paragraph + line : `${paragraph} ${line}`;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** `_` marks italics, which a post does not have. */
function punctuate(text: string): string {
  return text
    .replace(/_/g, '')
    .replace(/ \[sic\]/g, '') // the transcriber's remark
    .replace(/[{}]/g, '') // cross-references
    .replace(/(?<=^\p{Lu}+,)(?=\p{Ll})/u, ' ')
    .replace(/ {2,}/g, ' ')
    .replace(/ ?-- ?/g, '—');
}

/** "G.J." → "G. J." */
function spaceInitials(name: string): string {
  return name.replace(/(\p{Lu})\.(?=\p{L})/gu, '$1. ');
}
