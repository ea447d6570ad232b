/** Takes links out, with what only led to them. */

const ENDING =
  'com|org|net|io|co|dev|app|me|tv|ly|be|gl|fm|to|us|uk|de|fr|es|it|nl|se|no|fi|pl|pt|br|jp|ru|eu|ch|at|ca|au|info|blog|social|gov|edu';
const LINK = new RegExp(
  `(?:https?://|(?<![\\p{L}\\p{N}@.])www\\.)[^\\s<>"“”«»]{1,4000}|(?<![\\p{L}\\p{N}@./-])(?:[a-z0-9-]{1,63}\\.){1,4}(?:${ENDING})/[^\\s<>"“”«»]{0,4000}`,
  'giu',
);
/** Belongs to the sentence, not to the link. A bracket only where the link did not open one. */
const CLOSING = /[.,;:!?…'’\]}*_]{1,20}$/u;
/** Stands for a link while what led to it is found; the Unicode rule has taken out every other character of private use. */
const GONE = '\ue000';
const LEADS = /[\s([<:–—|>→➡•👉-]{0,12}\ue000(?:[\s)\]>]{0,3}\ue000){0,50}[)\]>]?$/gmu;
const ENCLOSED = /\s?[([<]\s?\ue000\s?[)\]>]/g;
const BETWEEN = /[ \t]?\ue000/g;

/** `Read this: https://a.example/b (really).` → `Read this: (really).`; links to `allowed` hosts stay. */
export function withoutLinks(text: string, allowed: readonly string[]): string {
  const marked = text.replace(LINK, (found) => {
    if (isAllowed(found, allowed)) return found;
    return GONE + closingOf(found);
  });
  if (!marked.includes(GONE)) return text;
  return marked.replace(ENCLOSED, '').replace(LEADS, '').replace(BETWEEN, '');
}

function closingOf(link: string): string {
  const closing = CLOSING.exec(link)?.[0] ?? '';
  const rest = link.slice(0, link.length - closing.length);
  const bracket = rest.endsWith(')') && !rest.includes('(') ? ')' : '';
  return bracket + closing;
}

function isAllowed(link: string, allowed: readonly string[]): boolean {
  if (allowed.length === 0) return false;
  const address = /^https?:/i.test(link) ? link : `https://${link}`;
  if (!URL.canParse(address)) return false;
  const bare = (host: string) => host.toLowerCase().replace(/^(?:https?:\/\/)?(?:www\.)?/, '');
  const host = bare(new URL(address).hostname);
  return allowed.some((one) => bare(one) === host);
}
