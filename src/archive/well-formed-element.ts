/** Reads XML elements that are written as XML should be, which nearly all are: several times faster than what can also read the others. */
import { decodeXML } from 'entities';
import type { XmlNode } from './xml-node.ts';

/** What no XML may hold, yet exports do. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
export const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
export const CONTROL_BY_NUMBER = /&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));/gi;

/** What prefixes stand for. */
export type Namespaces = Readonly<Record<string, string>>;

interface Tag {
  readonly name: string;
  readonly uri: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly isEmpty: boolean;
  /** What must stand after `</` to end it. */
  readonly end: string;
}

interface Open {
  readonly end: string;
  readonly children: (string | XmlNode)[];
}

export interface WholeElement {
  readonly node: XmlNode;
  /** After its last character. */
  readonly end: number;
}

/** The same few tags stand in every element of a file. */
const MOST_TAGS = 1000;
const DEEPEST = 100;
const CDATA = '<![CDATA[';
const SLASH = 0x2f;
const EXCLAMATION = 0x21;

export class WellFormedReader {
  readonly #namespaces: Namespaces;
  /** By what stands between its brackets; null where that is not simple. */
  readonly #tags = new Map<string, Tag | null>();

  constructor(namespaces: Namespaces) {
    this.#namespaces = namespaces;
  }

  /** The element whose start tag begins at `start`; undefined where it does not end in `text`, or where anything in it is odd. */
  read(text: string, start: number): WholeElement | undefined {
    const root: Open = { end: '', children: [] };
    const open = [root];
    let at = start;
    do {
      const around = open.at(-1)!;
      const bracket = text.indexOf('<', at);
      if (bracket < 0) return undefined;
      if (bracket > at) around.children.push(decoded(text.slice(at, bracket)));
      const next = text.charCodeAt(bracket + 1);
      if (next === SLASH) {
        if (!text.startsWith(around.end, bracket + 2)) return undefined;
        at = bracket + 2 + around.end.length;
        open.pop();
      } else if (next === EXCLAMATION) {
        const isComment = text.startsWith('<!--', bracket);
        if (!isComment && !text.startsWith(CDATA, bracket)) return undefined;
        const close = text.indexOf(isComment ? '-->' : ']]>', bracket + (isComment ? 4 : CDATA.length));
        if (close < 0) return undefined;
        if (!isComment) around.children.push(text.slice(bracket + CDATA.length, close));
        at = close + 3;
      } else {
        const close = text.indexOf('>', bracket);
        const tag = close < 0 ? null : this.#tag(text.slice(bracket + 1, close));
        if (!tag || open.length > DEEPEST) return undefined;
        const { name, uri, attributes, isEmpty, end } = tag;
        const children: (string | XmlNode)[] = [];
        around.children.push({ name, uri, attributes, children });
        if (!isEmpty) open.push({ end, children });
        at = close + 1;
      }
    } while (open.length > 1);
    const [node] = root.children;
    if (typeof node !== 'object' || text.slice(start, at).search(CONTROL) >= 0) return undefined;
    return { node, end: at };
  }

  #tag(written: string): Tag | null {
    let tag = this.#tags.get(written);
    if (tag === undefined) {
      tag = parseTag(written, this.#namespaces);
      if (this.#tags.size < MOST_TAGS) this.#tags.set(written, tag);
    }
    return tag;
  }
}

const TAG = /^((?:([\w.-]+):)?([\w.-]+))((?:\s+[\w.:-]+="[^"<]*")*)\s*(\/?)$/;

function parseTag(written: string, namespaces: Namespaces): Tag | null {
  const [, qualified = '', prefix = '', name = '', rest = '', slash = ''] = TAG.exec(written) ?? [];
  if (qualified === '' || /\sxmlns[:=]/.test(rest)) return null;
  const attributes: Record<string, string> = {};
  for (const [, key = '', value = ''] of rest.matchAll(/(?:\s|:)([\w.-]+)="([^"]*)"/g))
    attributes[key] = decoded(value);
  return { name, uri: namespaces[prefix] ?? '', attributes, isEmpty: slash !== '', end: `${qualified}>` };
}

function decoded(text: string): string {
  return text.includes('&') ? decodeXML(text.replace(CONTROL_BY_NUMBER, '')) : text;
}
