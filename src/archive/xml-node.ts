/** One XML element as a tree, read however broken it is. */
import { shallowParser, unlessTooDeep } from './shallow-parser.ts';
import { CONTROL, CONTROL_BY_NUMBER, type Namespaces } from './well-formed-element.ts';

export interface XmlNode {
  /** Without its prefix. */
  readonly name: string;
  /** Its namespace; '' where there is none. */
  readonly uri: string;
  /** By name without prefix. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (string | XmlNode)[];
}

/** Null where there is no element in `source`, or one nested beyond reason. Prefixes mean what `namespaces` says, unless `source` itself says so. */
export function parsePiece(source: string, namespaces: Namespaces = {}): XmlNode | null {
  const root: Open = { children: [], namespaces };
  const open = [root];
  const addText = (text: string) => void open.at(-1)!.children.push(text);
  const parser = shallowParser(
    {
      onopentag(name, attributes) {
        const around = open.at(-1)!;
        const element = elementOf(name, attributes, around.namespaces);
        around.children.push(element.node);
        open.push(element);
      },
      ontext: addText,
      onclosetag() {
        open.pop();
      },
    },
    { xmlMode: true },
  );
  const isParsed = unlessTooDeep(() => {
    for (const { markup, cdata } of sections(source.replace(CONTROL, ''))) {
      const readable = markup.includes('&#') ? markup.replace(CONTROL_BY_NUMBER, '') : markup;
      parser.write(readable);
      // The parser would look at each character, and need not: nothing in it has a meaning. Unless it waits for an entity's end.
      if (HALF_ENTITY.test(readable)) parser.write(`<![CDATA[${cdata}]]>`);
      else if (cdata !== '') addText(cdata);
    }
    parser.end();
    return true;
  });
  if (!isParsed) return null;
  return root.children.find((child): child is XmlNode => typeof child !== 'string') ?? null;
}

/** An element that is being read. */
interface Open {
  readonly children: (string | XmlNode)[];
  readonly namespaces: Namespaces;
}

function elementOf(
  name: string,
  attributes: Readonly<Record<string, string>>,
  around: Namespaces,
): Open & { readonly node: XmlNode } {
  const children: (string | XmlNode)[] = [];
  const own: Record<string, string> = {};
  let namespaces = around;
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'xmlns' || key.startsWith('xmlns:')) namespaces = { ...namespaces, [key.slice(6)]: value };
    else own[localName(key)] = value;
  }
  const local = localName(name);
  const uri = namespaces[name.slice(0, Math.max(0, name.length - local.length - 1))] ?? '';
  return { children, namespaces, node: { name: local, uri, attributes: own, children } };
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

const HALF_ENTITY = /&#?\w*$/;

/** The parser keeps what it was given in parts until a tag ends, and then takes each away in the time of all that are left. */
const MOST_SECTIONS = 5000;

/** Markup, each part with the content of the CDATA section that follows it; the last has what is left of both. */
function* sections(source: string): Generator<{ readonly markup: string; readonly cdata: string }> {
  let at = 0;
  for (let count = 0; count < MOST_SECTIONS; count++) {
    const open = source.indexOf('<![CDATA[', at);
    const close = open < 0 ? -1 : source.indexOf(']]>', open);
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
  return node.children.find(
    (child): child is XmlNode => typeof child !== 'string' && child.name === name && child.uri.startsWith(uriStart),
  );
}

/** The text of a child, trimmed; '' where there is none. */
export function textIn(node: XmlNode, name: string, uriStart = ''): string {
  const child = childOf(node, name, uriStart);
  return child ? markupOf(child).trim() : '';
}

/** Of the text in it and in its children, in characters. */
export function sizeOf({ children }: XmlNode): number {
  return children.reduce((sum, child) => sum + (typeof child === 'string' ? child.length : sizeOf(child)), 0);
}

/** What an element holds, with markup that was not escaped written out again. */
export function markupOf({ children }: XmlNode): string {
  if (children.length === 1 && typeof children[0] === 'string') return children[0];
  return children.map((child) => (typeof child === 'string' ? child : elementMarkup(child))).join('');
}

function elementMarkup(node: XmlNode): string {
  const attributes = Object.entries(node.attributes).map(
    ([name, value]) => ` ${name}="${value.replaceAll('"', '&quot;')}"`,
  );
  return `<${node.name}${attributes.join('')}>${markupOf(node)}</${node.name}>`;
}
