/** The words of a piece of HTML, set as plain text: paragraphs apart by an empty line, list items and lines on their own. */
import { parseMarkup } from '../../archive/shallow-parser.ts';

const PARAGRAPHS = new Set('p h1 h2 h3 h4 h5 h6 ul ol dl pre table blockquote section article figure hr'.split(' '));
const LINES = new Set('div li dt dd tr br address header footer main aside nav form fieldset option'.split(' '));
const WORDLESS = new Set(
  'script style noscript template iframe object svg math head title textarea select audio video'.split(' '),
);
/** Where none of these stands, line ends are the author's own, as in what is typed into a box of a form. */
const BLOCKS = /<(?:p|br|div|li|h[1-6]|table|section|article)\b/i;

/** `<p>One<br>two</p><ul><li>three</li></ul>` → `One\ntwo\n\n- three`; '' where it is nested beyond reason. */
export function htmlText(html: string): string {
  const keepsLines = !BLOCKS.test(html);
  const pieces: string[] = [];
  /** Line ends that come before the next word. */
  let due = 0;
  let isItem = false;
  let wordless = 0;
  let verbatim = 0;
  const breakAt = (tag: string) => {
    if (tag === 'br') due++;
    else if (PARAGRAPHS.has(tag)) due = Math.max(due, 2);
    else if (LINES.has(tag)) due = Math.max(due, 1);
    else if (tag === 'td' || tag === 'th') pieces.push(' ');
  };
  const isParsed = parseMarkup(html, {
    onopentag(tag) {
      if (WORDLESS.has(tag)) wordless++;
      if (tag === 'pre') verbatim++;
      breakAt(tag);
      if (tag === 'li') isItem = true;
    },
    onclosetag(tag) {
      if (WORDLESS.has(tag)) wordless--;
      if (tag === 'pre') verbatim--;
      if (tag !== 'br') breakAt(tag);
    },
    ontext(text) {
      if (wordless > 0) return;
      const words = keepsLines || verbatim > 0 ? text : text.replace(/[ \t\r\n\f]+/g, ' ');
      if (due > 0 && words.trim() === '') return;
      pieces.push('\n'.repeat(Math.min(due, 2)), isItem ? '- ' : '', words);
      due = 0;
      isItem = false;
    },
  });
  if (!isParsed) return '';
  return pieces
    .join('')
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
