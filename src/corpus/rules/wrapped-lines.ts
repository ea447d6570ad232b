/** In characters: what editors and mail programs wrap at, less the longest word. */
const SHORTEST_LINE = 45;
const LONGEST_LINE = 85;
/** Of the lines that another one follows in their paragraph; fewer are lines that the author ended. */
const WRAPPED_SHARE = 0.8;
const FEWEST_LINES = 5;

/** Paragraphs that were wrapped for paper or for a mail, as one line each; verse and lists keep their lines. */
export function unwrapped(text: string): string {
  const paragraphs = text.split(/\n[^\S\n]*\n\s*/).map((paragraph) => paragraph.split('\n'));
  const followed = paragraphs.flatMap((lines) => lines.slice(0, -1));
  const full = followed.filter(isFull).length;
  if (followed.length < FEWEST_LINES || full < WRAPPED_SHARE * followed.length) return text;
  return paragraphs.map((lines) => (lines.slice(0, -1).every(isFull) ? joined(lines) : lines.join('\n'))).join('\n\n');
}

function isFull(line: string): boolean {
  const length = line.trimEnd().length;
  return length >= SHORTEST_LINE && length <= LONGEST_LINE && !/^\s*(?:[-*•>]|\d{1,3}[.)])\s/.test(line);
}

/** A word that was hyphenated at the end of its line keeps its hyphen: it may be its own. */
function joined(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim())
    .reduce((text, line) => (/\p{L}-$/u.test(text.slice(-3)) ? text + line : `${text} ${line}`));
}
