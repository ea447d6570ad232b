/** HTML mail as plain text, without what mail programs mark as quoted, forwarded or signed. */
import { parseMarkup } from './shallow-parser.ts';

const NOT_READ = new Set(['style', 'script', 'head', 'title', 'template', 'noscript', 'svg']);
const BLOCKS = new Set([
  'p',
  'div',
  'ul',
  'ol',
  'li',
  'table',
  'tr',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'pre',
  'section',
  'article',
  'hr',
  'center',
]);
const PARAGRAPHS = new Set(['p', 'ul', 'ol', 'table', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'pre', 'hr']);
/** By class or id, of Gmail, Thunderbird, Yahoo, Outlook, Proton and others. */
const QUOTED =
  /(?:^|\s)(?:x_)?(?:gmail_quote\S*|gmail_attr|gmail_signature\S*|moz-cite-prefix|moz-signature|moz-forward-container|moz-email-headers-table|yahoo_quoted\S*|yahooQuotedTextWrapper|protonmail_quote|protonmail_signature_block\S*|tutanota_quote|zmail_extra|OutlookMessageHeader|divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|Signature|ms-outlook-mobile-signature)(?:\s|$)/;
/** Everything after these is the mail that is answered. */
const LAST = /(?:^|\s)(?:x_)?(?:divRplyFwdMsg|appendonsend|OutlookMessageHeader)(?:\s|$)/;
/** An element that has no end; counting it as open would drop what follows. */
const VOID = new Set([
  'br',
  'hr',
  'img',
  'input',
  'meta',
  'link',
  'area',
  'base',
  'col',
  'embed',
  'source',
  'track',
  'wbr',
]);

/** Where it is nested beyond reason, what stands before. */
export function textOfMailHtml(html: string): string {
  const text = new Lines();
  /** Open elements within the one that is left out, itself included; 0: nothing is left out. */
  let leftOut = 0;
  let isOver = false;
  parseMarkup(html, {
    onopentag(tag, { class: className = '', id = '' }) {
      const names = `${className.slice(0, 500)} ${id.slice(0, 200)}`;
      if (leftOut > 0) leftOut += VOID.has(tag) ? 0 : 1;
      else if (LAST.test(names)) isOver = true;
      else if (!VOID.has(tag) && (NOT_READ.has(tag) || tag === 'blockquote' || QUOTED.test(names))) {
        leftOut = 1;
        text.close('div');
      } else if (!isOver) text.open(tag);
    },
    ontext(words) {
      if (leftOut === 0 && !isOver) text.add(words);
    },
    onclosetag(tag) {
      if (leftOut > 0) leftOut -= VOID.has(tag) ? 0 : 1;
      else if (!isOver) text.close(tag);
    },
  });
  return text.toString();
}

/** Words with the line ends between them that a reader would see. */
class Lines {
  readonly #pieces: string[] = [];
  /** Since the last words: `br` after the first block's end are blank lines, before it they only end the line. */
  #breaks = 0;
  #blockFirst = false;
  #paragraph = false;

  open(tag: string): void {
    if (tag === 'br') this.#breaks++;
    else this.close(tag);
    if (tag === 'li') this.add('- ');
  }

  close(tag: string): void {
    if (PARAGRAPHS.has(tag)) this.#paragraph = true;
    if (BLOCKS.has(tag) && this.#breaks === 0) this.#blockFirst = true;
  }

  add(words: string): void {
    const plain = words.replace(/[\s\u200b]+/g, ' ');
    const ends = this.#paragraph ? 2 : Math.min(2, this.#breaks + (this.#blockFirst ? 1 : 0));
    if (plain === ' ' || plain === '') {
      if (plain === ' ' && ends === 0) this.#pieces.push(plain);
      return;
    }
    this.#pieces.push('\n'.repeat(ends), ends > 0 ? plain.trimStart() : plain);
    this.#breaks = 0;
    this.#blockFirst = false;
    this.#paragraph = false;
  }

  toString(): string {
    return this.#pieces
      .join('')
      .split('\n')
      .map((line) => line.replace(/ {2,}/g, ' ').trim())
      .join('\n')
      .trim();
  }
}
