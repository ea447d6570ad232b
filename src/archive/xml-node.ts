/** One XML element as a tree, read however broken it is. */
import { SaxesParser } from 'saxes';

export interface XmlNode {
  /** Without its prefix. */
  readonly name: string;
  /** Its namespace; '' where there is none. */
  readonly uri: string;
  /** By name without prefix. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (string | XmlNode)[];
}

/** What no XML may hold, yet exports do. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
const CONTROL_BY_NUMBER = /&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));/gi;
const DEEPEST = 500;

/** Null where there is no element in `source`. Prefixes mean what `namespaces` says, unless `source` itself says so. */
export function parsePiece(source: string, namespaces: Readonly<Record<string, string>> = {}): XmlNode | null {
  const parser = new SaxesParser({ xmlns: true, additionalNamespaces: { ...namespaces } });
  const root: { children: (string | XmlNode)[] } = { children: [] };
  const open: { children: (string | XmlNode)[] }[] = [root];
  let tooDeep = 0;
  parser.on('opentag', ({ local, name, uri, attributes }) => {
    if (open.length > DEEPEST) {
      tooDeep++;
      return;
    }
    const children: (string | XmlNode)[] = [];
    const named = Object.values(attributes)
      .filter(({ prefix, name: whole }) => prefix !== 'xmlns' && whole !== 'xmlns')
      .map((attribute) => [attribute.local || attribute.name, attribute.value]);
    open.at(-1)!.children.push({ name: local || name, uri, attributes: Object.fromEntries(named), children });
    open.push({ children });
  });
  const addText = (text: string) => void open.at(-1)!.children.push(text);
  parser.on('text', addText);
  parser.on('closetag', () => {
    if (tooDeep > 0) tooDeep--;
    else if (open.length > 1) open.pop();
  });
  // With a listener, the parser goes on after an error as well as it can.
  parser.on('error', () => {});
  for (const { markup, cdata } of sections(source.replace(CONTROL, ''))) {
    parser.write(markup.includes('&') ? mended(markup) : markup);
    if (cdata === '') continue;
    // The parser would look at each character, and need not: nothing in it has a meaning. The comment makes it give out
    // the text that stands before.
    parser.write('<!---->');
    addText(cdata);
  }
  parser.close();
  return root.children.find((child): child is XmlNode => typeof child !== 'string') ?? null;
}

/** Ampersands that begin nothing; in CDATA sections they may stand. */
const BARE_AMPERSAND = /&(?!(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]\w{1,30});)/gi;

function mended(markup: string): string {
  return markup.replace(CONTROL_BY_NUMBER, '').replace(BARE_AMPERSAND, '&amp;');
}

/** Markup, each part with the content of the CDATA section that follows it. */
function* sections(source: string): Generator<{ readonly markup: string; readonly cdata: string }> {
  let at = 0;
  for (let open = source.indexOf('<![CDATA['); open >= 0; open = source.indexOf('<![CDATA[', at)) {
    const close = source.indexOf(']]>', open);
    if (close < 0) break;
    yield { markup: source.slice(at, open), cdata: source.slice(open + 9, close) };
    at = close + 3;
  }
  yield { markup: source.slice(at), cdata: '' };
}

/** The children called `name`; of one namespace, if its beginning is given, as versions are told by its end. */
export function childrenOf(node: XmlNode, name: string, uriStart = ''): XmlNode[] {
  return node.children.filter(
    (child): child is XmlNode => typeof child !== 'string' && child.name === name && child.uri.startsWith(uriStart),
  );
}

export function childOf(node: XmlNode, name: string, uriStart = ''): XmlNode | undefined {
  return childrenOf(node, name, uriStart)[0];
}

/** The text of a child, trimmed; '' where there is none. */
export function textIn(node: XmlNode, name: string, uriStart = ''): string {
  const child = childOf(node, name, uriStart);
  return child ? markupOf(child).trim() : '';
}

/** What an element holds, with markup that was not escaped written out again. */
export function markupOf({ children }: XmlNode): string {
  return children.map((child) => (typeof child === 'string' ? child : elementMarkup(child))).join('');
}

function elementMarkup(node: XmlNode): string {
  const attributes = Object.entries(node.attributes).map(
    ([name, value]) => ` ${name}="${value.replaceAll('"', '&quot;')}"`,
  );
  return `<${node.name}${attributes.join('')}>${markupOf(node)}</${node.name}>`;
}
