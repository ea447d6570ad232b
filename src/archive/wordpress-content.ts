/** The body of a WordPress post, as it is stored: blocks or classic text, with shortcodes; out of it come the author's words. */
import { rewriteHtml } from './own-html.ts';

/** HTML of the author's own prose: without quotations, code, embedded things, captions, and the editor's own marks. */
export function ownContent(stored: string): string {
  const isBlocks = stored.includes('<!-- wp:');
  const content = withoutShortcodes(isBlocks ? withoutBlocks(stored) : stored);
  const own = MAY_HOLD_OTHERS.test(content)
    ? rewriteHtml(content, (tag) => (NOT_PROSE.has(tag) ? 'drop' : 'keep'))
    : content;
  return (isBlocks ? own.replace(/\n{2,}/g, '\n') : withParagraphs(own)).trim();
}

const NOT_PROSE = new Set([
  'blockquote',
  'q',
  'pre',
  'figure',
  'figcaption',
  'form',
  'button',
  'audio',
  'video',
  'canvas',
]);

/** Most posts have none of these, and need no parser. */
const MAY_HOLD_OTHERS = new RegExp(
  `<(?:!|(?:script|style|svg|noscript|template|iframe|object|${[...NOT_PROSE].join('|')})\\b)`,
  'i',
);

/** Blocks of what others wrote, or of no prose; `embed` has many forms of its own. */
const DROPPED_BLOCKS = new Set(
  'quote pullquote code embed html shortcode image gallery video audio file media rss latest-posts latest-comments archives calendar search tag-cloud buttons button social-links navigation contact-form more nextpage table-of-contents syntaxhighlighter'.split(
    ' ',
  ),
);

const BLOCK = /<!--\s+(?<end>\/)?wp:(?:(?<space>[a-z][\w-]*)\/)?(?<name>[a-z][\w-]*)\s*/g;

/** Without the comments that mark blocks, and without the blocks that are no words of the author. */
function withoutBlocks(content: string): string {
  const kept: string[] = [];
  /** Open blocks of the kind that is being dropped. */
  let dropping = '';
  let depth = 0;
  let at = 0;
  BLOCK.lastIndex = 0;
  for (let match = BLOCK.exec(content); match; match = BLOCK.exec(content)) {
    if (depth === 0) kept.push(content.slice(at, match.index));
    const { end: isEnd, space, name = '' } = match.groups ?? {};
    const afterAttributes = skipAttributes(content, BLOCK.lastIndex);
    const close = content.indexOf('-->', afterAttributes);
    at = close < 0 ? content.length : close + 3;
    BLOCK.lastIndex = at;
    const isWhole = content[close - 1] === '/';
    const isDropped = DROPPED_BLOCKS.has(name) || space === 'core-embed';
    if (isWhole) continue;
    if (depth === 0 && isDropped && !isEnd) dropping = name;
    if (name === dropping) depth = Math.max(0, depth + (isEnd ? -1 : 1));
    if (depth === 0) dropping = '';
  }
  if (depth === 0) kept.push(content.slice(at));
  return kept.join('');
}

/** To after the JSON at `from`, which may hold what looks like the end of a comment; or `from`, where there is none. */
function skipAttributes(content: string, from: number): number {
  if (content[from] !== '{') return from;
  let depth = 0;
  let isInString = false;
  for (let at = from; at < content.length; at++) {
    const character = content[at];
    if (isInString) {
      if (character === '\\') at++;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return at + 1;
  }
  return from;
}

/** Shortcodes whose inside is no prose of the author, or not seen. */
const DROPPED_SHORTCODES = new Set(
  'caption wp_caption gallery embed audio video playlist code sourcecode source php javascript css html blockquote quote pullquote youtube vimeo tweet instagram gist iframe contact-form contact-form-7 polldaddy poll googlemaps map soundcloud slideshare scribd latex'.split(
    ' ',
  ),
);
const SHORTCODE = /\[(?<escape>\[?)(?<end>\/?)(?<name>[a-z][\w-]*)(?<rest>(?:[\s=][^[\]]{0,2000})?)\]\]?/gi;

/**
 * Without shortcodes. Brackets that are no shortcode stay, such as [sic]: it is one when it is known, has attributes or an
 * end, or a name as no word has. `[[name]]` is how authors write `[name]`.
 */
export function withoutShortcodes(content: string): string {
  const kept: string[] = [];
  const isEnded = new Map<string, boolean>();
  const hasEnd = (name: string) => {
    if (!isEnded.has(name)) isEnded.set(name, content.includes(`[/${name}]`));
    return isEnded.get(name) === true;
  };
  let at = 0;
  SHORTCODE.lastIndex = 0;
  for (let match = SHORTCODE.exec(content); match; match = SHORTCODE.exec(content)) {
    const [whole] = match;
    const { escape: isEscaped, end: isEnd, name = '', rest = '' } = match.groups ?? {};
    const hasTwoEnds = whole.endsWith(']]');
    // The second bracket belongs to whatever comes next.
    const length = hasTwoEnds && !isEscaped ? whole.length - 1 : whole.length;
    const lower = name.toLowerCase();
    const isOne = DROPPED_SHORTCODES.has(lower) || /[=]/.test(rest) || /[_-]/.test(name) || hasEnd(name);
    if (!isOne) continue;
    kept.push(content.slice(at, match.index));
    at = match.index + length;
    if (isEscaped && hasTwoEnds) kept.push(whole.slice(1, -1));
    else if (isEscaped) kept.push('[');
    else if (!isEnd && DROPPED_SHORTCODES.has(lower) && !rest.endsWith('/')) {
      const end = hasEnd(name) ? content.indexOf(`[/${name}]`, at) : -1;
      if (end >= 0) at = end + name.length + 3;
      if (end < 0) isEnded.set(name, false);
    }
    SHORTCODE.lastIndex = at;
  }
  kept.push(content.slice(at));
  return kept.join('');
}

const BLOCK_TAG =
  /^<\/?(?:p|div|h[1-6]|ul|ol|li|dl|dt|dd|table|t[rdh]|hr|section|article|aside|address|header|footer)\b/i;

/** Classic text has no paragraphs but blank lines. */
function withParagraphs(html: string): string {
  return html
    .replaceAll('\r\n', '\n')
    .split(/\n[ \t\u00a0]*\n/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => (BLOCK_TAG.test(part) ? part : `<p>${part.replaceAll('\n', '<br>\n')}</p>`))
    .join('\n');
}
