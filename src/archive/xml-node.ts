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

/** What no XML may hold, yet exports do: control characters, written as they are or by number. */
const CONTROL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));/gi;
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
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    if (tooDeep > 0) tooDeep--;
    else if (open.length > 1) open.pop();
  });
  // With a listener, the parser goes on after an error as well as it can.
  parser.on('error', () => {});
  parser.write(mended(source.replace(CONTROL, ''))).close();
  return root.children.find((child): child is XmlNode => typeof child !== 'string') ?? null;
}

const CDATA = /(<!\[CDATA\[[\s\S]*?\]\]>)/;
const BARE_AMPERSAND = /&(?!(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]\w{1,30});)/gi;

/** Ampersands that begin nothing, escaped; in CDATA sections they may stand. */
function mended(source: string): string {
  return source
    .split(CDATA)
    .map((part, index) => (index % 2 === 0 ? part.replace(BARE_AMPERSAND, '&amp;') : part))
    .join('');
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
