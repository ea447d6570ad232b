/** Markdown without what its author quoted. */

const FENCE = /^\s{0,3}(`{3,}|~{3,})/;
/** `>!` hides the author's own words. */
const QUOTED = /^\s{0,3}>(?!!)/;

/** A quotation goes on until a blank line, marked or not, as Markdown has it. Signs within code blocks mean nothing. */
export function withoutQuotedLines(markdown: string): string {
  const kept: string[] = [];
  let fence = '';
  let isQuoted = false;
  for (const line of markdown.split(/\r?\n/)) {
    const marker = FENCE.exec(line)?.[1] ?? '';
    if (fence === '') isQuoted = QUOTED.test(line) || (isQuoted && line.trim() !== '');
    if (!isQuoted && marker !== '') fence = fence === '' ? marker : marker.startsWith(fence) ? '' : fence;
    if (!isQuoted) kept.push(line);
  }
  return kept
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
