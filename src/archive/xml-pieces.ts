/**
 * Cuts elements such as `<item>` out of an XML stream and reads each by itself: memory holds one of them, and what is
 * wrong in one (control characters, bare ampersands, an end tag too few) costs at most that one.
 */
import type { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { parsePiece, type XmlNode } from './xml-node.ts';

export type XmlPiece =
  | { readonly node: XmlNode; readonly number: number }
  | { readonly problem: 'unreadable' | 'too large' | 'cut off'; readonly number: number };

/** In characters: a larger element is left out. */
const LARGEST = 32 << 20;
/** A start tag that is not over by then is none. */
const LONGEST_TAG = 64 << 10;

/** The outermost elements whose name, without prefix, is one of `names`. */
export async function* xmlPieces(
  content: Readable,
  names: readonly string[],
  largest = LARGEST,
): AsyncGenerator<XmlPiece> {
  const cutter = new Cutter(new Set(names), largest);
  let decoder: TextDecoder | undefined;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    decoder ??= decoderFor(chunk);
    yield* cutter.push(decoder.decode(chunk, { stream: true }));
  }
  yield* cutter.end(decoder?.decode() ?? '');
}

function decoderFor(head: Buffer): TextDecoder {
  const label = /<\?xml[^>]*encoding=["']([\w-]+)["']/.exec(head.toString('latin1', 0, 500))?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder();
  }
}

const LONGEST_NAME = 300;

/** Whether it must be known what follows before it is clear what this is. */
function isBeginning(text: string): boolean {
  return '<![CDATA['.startsWith(text) || '<!--'.startsWith(text) || /^<\/?[\w.:-]*$/.test(text);
}

const NAME = /<([\w.-]+:)?([\w.-]+)(?=[\s/>])/y;

class Cutter {
  readonly #names: ReadonlySet<string>;
  readonly #largest: number;
  readonly #namespaces: Record<string, string> = {};
  #isRootSeen = false;
  #text = '';
  /** How far `#text` has been looked at. */
  #at = 0;
  /** Where the element begins that is being read; -1 between elements. */
  #start = -1;
  #name = '';
  /** Elements of the same name that are open within it. */
  #nested = 0;
  #number = 0;

  constructor(names: ReadonlySet<string>, largest: number) {
    this.#names = names;
    this.#largest = largest;
  }

  *push(chunk: string): Generator<XmlPiece> {
    this.#text += chunk;
    while (this.#step()) if (this.#start >= 0 && this.#nested < 0) yield this.#take();
    if (this.#start >= 0 && this.#text.length - this.#start > this.#largest) {
      yield { problem: 'too large', number: this.#number++ };
      // What follows may begin within it: its end is not known.
      this.#at = this.#start + 1;
      this.#start = -1;
    }
    const done = this.#start >= 0 ? this.#start : this.#at;
    this.#text = this.#text.slice(done);
    this.#at -= done;
    if (this.#start >= 0) this.#start = 0;
  }

  *end(rest: string): Generator<XmlPiece> {
    yield* this.push(rest);
    if (this.#start >= 0) yield { problem: 'cut off', number: this.#number };
  }

  /** Goes on to after the next tag, comment or CDATA section; false where more text is needed for that. */
  #step(): boolean {
    const text = this.#text;
    const open = text.indexOf('<', this.#at);
    if (open < 0) return this.#need(text.length);
    if (text.startsWith('<![CDATA[', open)) return this.#skipTo(']]>', open);
    if (text.startsWith('<!--', open)) return this.#skipTo('-->', open);
    if (text.length - open < LONGEST_NAME && isBeginning(text.slice(open))) return this.#need(open);

    if (text[open + 1] === '/') {
      if (this.#start >= 0 && text.startsWith(this.#name, open + 2)) return this.#endTag(open);
      this.#at = open + 2;
      return true;
    }
    NAME.lastIndex = open;
    const [, prefix = '', name = ''] = NAME.exec(text) ?? [];
    if (name !== '') return this.#startTag(open, prefix, name);
    this.#at = open + 1;
    return true;
  }

  #startTag(open: number, prefix: string, name: string): boolean {
    const text = this.#text;
    const isWanted = this.#start < 0 ? this.#names.has(name) : prefix + name === this.#name;
    if (!isWanted && this.#isRootSeen) {
      this.#at = open + 1;
      return true;
    }
    const close = text.indexOf('>', open);
    if (close < 0) {
      if (text.length - open < LONGEST_TAG) return this.#need(open);
      this.#at = open + 1;
      return true;
    }
    this.#at = close + 1;
    if (!this.#isRootSeen) this.#readNamespaces(text.slice(open, close));
    if (!isWanted) return true;
    const isEmpty = text[close - 1] === '/';
    if (this.#start < 0) {
      this.#start = open;
      this.#name = prefix + name;
      this.#nested = isEmpty ? -1 : 0;
    } else if (!isEmpty) this.#nested++;
    return true;
  }

  #endTag(open: number): boolean {
    const close = this.#text.indexOf('>', open);
    if (close < 0) return this.#need(open);
    const isSame = this.#text.slice(open + 2, close).trimEnd() === this.#name;
    this.#at = isSame ? close + 1 : open + 2;
    if (isSame) this.#nested--;
    return true;
  }

  #skipTo(end: string, open: number): boolean {
    const found = this.#text.indexOf(end, Math.max(open, this.#at));
    if (found < 0) {
      if (this.#start < 0 && this.#text.length - open > this.#largest) {
        this.#at = open + 4;
        return true;
      }
      return this.#need(open);
    }
    this.#at = found + end.length;
    return true;
  }

  #need(from: number): false {
    this.#at = from;
    return false;
  }

  #readNamespaces(tag: string): void {
    this.#isRootSeen = true;
    for (const [, prefix = '', , uri = ''] of tag.matchAll(/xmlns(?::([\w.-]+))?\s*=\s*(["'])([^"']*)\2/g)) {
      this.#namespaces[prefix] = uri;
    }
  }

  #take(): XmlPiece {
    const source = this.#text.slice(this.#start, this.#at);
    this.#start = -1;
    const number = this.#number++;
    const node = parsePiece(source, this.#namespaces);
    return node ? { node, number } : { problem: 'unreadable', number };
  }
}
