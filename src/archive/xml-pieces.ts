/**
 * Cuts elements such as `<item>` out of an XML stream and reads each by itself: memory holds one of them, and what is
 * wrong in one (control characters, bare ampersands, an end tag too few) costs at most that one.
 */
import type { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { WellFormedReader } from './well-formed-element.ts';
import { parsePiece, type XmlNode } from './xml-node.ts';

export type XmlPiece =
  | { readonly node: XmlNode; readonly number: number }
  | { readonly problem: 'unreadable' | 'too large' | 'cut off'; readonly number: number };

/** In characters: a larger element is left out. */
const LARGEST = 16 << 20;
/** In bytes: a fifth faster than larger parts, whose text is as large as V8 keeps apart from what is soon gone. */
const AT_ONCE = 48 << 10;
/** A start tag that is not over by then is none. */
const LONGEST_TAG = 64 << 10;
/** How many elements that begin one within the other may be too large before all that was read of them is left out. */
const MOST_TRIES = 4;

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
    for (let start = 0; start < chunk.length; start += AT_ONCE) {
      yield* cutter.push(decoder.decode(chunk.subarray(start, start + AT_ONCE), { stream: true }));
    }
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
  /** What came after `#text`. */
  #pending = '';
  /** How far `#text` has been looked at. */
  #at = 0;
  /** By what ends comments and such: up to where none was found, so that a search for it does not begin anew at each. */
  readonly #searched = new Map<string, number>();
  /** Where the element begins that is being read; -1 between elements. */
  #start = -1;
  #name = '';
  /** Elements of the same name that are open within it. */
  #nested = 0;
  #number = 0;
  /** Elements that were too large, one after another. */
  #failures = 0;
  readonly #wellFormed = new WellFormedReader(this.#namespaces);
  /** An element that was read in one go. */
  #read: XmlNode | undefined;

  constructor(names: ReadonlySet<string>, largest: number) {
    this.#names = names;
    this.#largest = largest;
  }

  *push(chunk: string): Generator<XmlPiece> {
    this.#pending += chunk;
    // In a large element: each look at the text copies all of it, so that it is looked at only once it has grown by a share.
    if (this.#pending.length >= this.#text.length / 4) yield* this.#cut();
  }

  *#cut(): Generator<XmlPiece> {
    this.#text += this.#pending;
    this.#pending = '';
    while (this.#step()) {
      if (this.#read) yield this.#takeRead(this.#read);
      else if (this.#start >= 0 && this.#nested < 0) yield this.#take();
    }
    if (this.#start >= 0 && this.#text.length - this.#start > this.#largest) {
      yield { problem: 'too large', number: this.#number++ };
      // What follows may begin within it: its end is not known. But not for ever: each try reads all of it again.
      this.#at = ++this.#failures % MOST_TRIES === 0 ? this.#at : this.#start + 1;
      this.#start = -1;
      this.#searched.clear();
    }
    const done = this.#start >= 0 ? this.#start : this.#at;
    this.#text = this.#text.slice(done);
    this.#at -= done;
    for (const [end, searched] of this.#searched) this.#searched.set(end, searched - done);
    if (this.#start >= 0) this.#start = 0;
  }

  *end(rest: string): Generator<XmlPiece> {
    this.#pending += rest;
    yield* this.#cut();
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
      const whole = this.#wellFormed.read(text, open);
      if (whole) {
        this.#read = whole.node;
        this.#at = whole.end;
        return true;
      }
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
    const found = this.#text.indexOf(end, Math.max(open, this.#at, this.#searched.get(end) ?? 0));
    if (found < 0) {
      this.#searched.set(end, Math.max(open, this.#text.length - end.length + 1));
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

  #takeRead(node: XmlNode): XmlPiece {
    this.#read = undefined;
    this.#failures = 0;
    return { node, number: this.#number++ };
  }

  #take(): XmlPiece {
    const source = this.#text.slice(this.#start, this.#at);
    this.#start = -1;
    this.#failures = 0;
    const number = this.#number++;
    const node = this.#wellFormed.read(source, 0)?.node ?? parsePiece(source, this.#namespaces);
    return node ? { node, number } : { problem: 'unreadable', number };
  }
}
