/**
 * Reads single values out of JSON of any size, such as each message of `{ "chats": { "list": [{ "messages": [… ] }] } }`.
 *
 * Finds where such a value begins and ends by brackets and quotes alone, and gives its bytes to JSON.parse; where values of
 * one shape follow one another, all that a chunk has at once. So memory holds a chunk's values, a broken value costs only
 * itself, and it is faster than building every token of the file in JavaScript, as stream-json does (bench/archive.ts).
 */
import type { Readable } from 'node:stream';

/** A value at one of the wanted paths; or, with `broken`, a place where no value could be read, and why. */
export interface JsonItem {
  /** Keys and positions from the root: `['chats', 'list', '0', 'messages', '12']`. */
  readonly path: readonly string[];
  /** The pattern that the path fits. */
  readonly pattern: string;
  readonly value: unknown;
  /** Of its JSON, in bytes; of values read together, their mean. */
  readonly size: number;
  readonly broken?: string;
}

export interface JsonOptions {
  /** Of one value, in bytes of JSON: a longer one is broken. */
  readonly itemBytes?: number;
  /** Values whose JSON, in UTF-8, it does not take are passed over, which is faster than reading them. */
  readonly only?: (json: Buffer) => boolean;
}

const LONGEST_ITEM = 16 << 20;
const LONGEST_KEY = 200;
const MOST_MISSES = 3;

/**
 * The values at `patterns`, in the order of the file. A pattern is keys with dots between, `[]` for every element of an
 * array, `*` for every key: `[]`, `messages[]`, `chats.list[].name`, `*[]`. A value that fits two is given for the first.
 * Integers that a number would not hold exactly come as strings. What stands before the first bracket is skipped.
 */
export async function* jsonItems(
  content: Readable,
  patterns: readonly string[],
  options: JsonOptions = {},
): AsyncGenerator<JsonItem> {
  for await (const items of jsonItemsByChunk(content, patterns, options)) yield* items;
}

/** The same, those of a chunk of bytes together: an await for each of millions of items takes longer than reading them. */
export async function* jsonItemsByChunk(
  content: Readable,
  patterns: readonly string[],
  options: JsonOptions = {},
): AsyncGenerator<readonly JsonItem[]> {
  const scanner = new Scanner(patterns, options);
  for await (const chunk of content as AsyncIterable<Buffer>) yield scanner.push(chunk);
  yield scanner.end();
}

/** JSON.parse, except that integers past 2^53 keep their digits, as strings. Throws a SyntaxError as JSON.parse does. */
export function parseLossless(json: string): unknown {
  return UNSAFE_INTEGER.test(json) || /^\d{16}/.test(json) ? JSON.parse(json, keepDigits) : JSON.parse(json);
}

/** Of one that stands where a number may; text that looks the same costs only time. Of one length, as V8 then looks at one letter in sixteen. */
const UNSAFE_INTEGER = /[\s:,[-]\d{16}/;
const UNSAFE_DIGITS = 16;

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const isUnsafe = typeof value === 'number' && !Number.isSafeInteger(value);
  return isUnsafe && context?.source && /^-?\d+$/.test(context.source) ? context.source : value;
}

interface Pattern {
  readonly name: string;
  readonly segments: readonly string[];
}

/** An object or array on the way to wanted values. */
interface Frame {
  readonly isArray: boolean;
  /** The key of the value that comes next, or its position. */
  key: string;
  index: number;
  expectsKey: boolean;
  /** The patterns that the path so far fits. */
  readonly patterns: readonly Pattern[];
  /** Of an array: how one value goes over into the next, to the first key of that, as far as it is known. */
  between?: Buffer;
  /** How often values that were taken together for that were none. */
  misses: number;
}

const QUOTE = 0x22;
const ZERO = 0x30;
const NINE = 0x39;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** What a byte outside of strings is to whoever looks for the end of a value. */
const [OTHER, SPACE, DIGIT, STRING, SEPARATOR, OPENING, CLOSING] = [0, 1, 2, 3, 4, 5, 6];
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (isSpace(byte)) return SPACE;
  if (byte >= ZERO && byte <= NINE) return DIGIT;
  if (byte === QUOTE) return STRING;
  if (byte === COMMA) return SEPARATOR;
  if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) return OPENING;
  return byte === CLOSE_ARRAY || byte === CLOSE_OBJECT ? CLOSING : OTHER;
});

/** What the bytes at hand belong to: the way to wanted values, a key on it, or a value, wanted or not. */
type Within = 'structure' | 'key' | 'value';
/** How a value ends: by its brackets, by its closing quote, or before the next comma, bracket or space. */
type Shape = 'container' | 'string' | 'scalar';

class Scanner {
  readonly #roots: readonly Pattern[];
  readonly #itemBytes: number;
  readonly #only: JsonOptions['only'];
  readonly #frames: Frame[] = [];
  #within: Within = 'structure';
  #shape: Shape = 'scalar';
  /** Brackets open within the value. */
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Digits that follow one another, outside of strings. */
  #digits = 0;
  #hasLongNumber = false;
  /** The pattern that the value is wanted for; null: it is skipped. */
  #wanted: Pattern | null = null;
  #parts: Buffer[] = [];
  #length = 0;
  /** In the chunk at hand, after the value that ended last; -1 where none did. */
  #lastEnd = -1;

  constructor(patterns: readonly string[], { itemBytes = LONGEST_ITEM, only }: JsonOptions) {
    this.#roots = patterns.map((name) => ({ name, segments: name.match(/\[\]|[^.[\]]+/g) ?? [] }));
    this.#itemBytes = itemBytes;
    this.#only = only;
  }

  push(chunk: Buffer): JsonItem[] {
    const items: JsonItem[] = [];
    let at = 0;
    this.#lastEnd = -1;
    while (at < chunk.length) {
      if (this.#within === 'structure') at = this.#readStructure(chunk, at, items);
      else {
        const end = this.#findEnd(chunk, at);
        this.#keep(chunk.subarray(at, end.at));
        at = end.at;
        if (end.found) this.#finish(items, at);
      }
    }
    return items;
  }

  end(): JsonItem[] {
    if (this.#within === 'structure' && this.#frames.length === 0) return [];
    const pattern = this.#wanted?.name ?? this.#frames.at(-1)?.patterns[0]?.name ?? '';
    return [{ path: this.#path(), pattern, value: undefined, size: 0, broken: 'cut off' }];
  }

  /** Goes on to the next key or value; what makes no sense there is stepped over, so that what follows can be read. */
  #readStructure(chunk: Buffer, from: number, items: JsonItem[]): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!;
      const frame = this.#frames.at(-1);
      if (frame === undefined) {
        if (byte !== OPEN_ARRAY && byte !== OPEN_OBJECT) continue;
        this.#open(byte === OPEN_ARRAY, this.#roots);
      } else if (byte === COMMA) {
        frame.index++;
        frame.expectsKey = !frame.isArray;
      } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
        this.#frames.pop();
      } else if (byte === QUOTE && frame.expectsKey) {
        this.#begin('key', 'string', null);
        return at;
      } else if (byte === COLON || isSpace(byte) || frame.expectsKey) {
        // Between keys and values; or, where a key is due, something that is none.
      } else {
        return this.#beginValue(chunk, at, items);
      }
    }
    return chunk.length;
  }

  /**
   * Of an array: as many values as `chunk` has, in one go, which takes half the time of one by one. Where the last of them
   * ends is guessed by how the last two met; that it is right is known when JSON.parse takes all of it for an array.
   * Returns the place after them; undefined where they have to be read one by one.
   */
  #readTogether(chunk: Buffer, at: number, wanted: Pattern, items: JsonItem[]): number | undefined {
    const frame = this.#frames.at(-1)!;
    if (this.#only || !frame.isArray || chunk[at] !== OPEN_OBJECT || frame.misses === MOST_MISSES) return undefined;
    if (!frame.between) {
      if (this.#lastEnd > 0) frame.between = betweenValues(chunk, this.#lastEnd, at);
      return undefined;
    }
    const end = chunk.lastIndexOf(frame.between) + 1;
    if (end <= at || end - at > this.#itemBytes) return undefined;
    const values = valuesIn(chunk.toString('utf8', at, end));
    if (!values) {
      frame.misses++;
      return undefined;
    }
    const size = Math.ceil((end - at) / values.length);
    for (const value of values) {
      items.push({ path: this.#path(), pattern: wanted.name, value, size });
      frame.index++;
    }
    frame.index--; // the comma that follows counts the last one
    return end;
  }

  #beginValue(chunk: Buffer, at: number, items: JsonItem[]): number {
    const [byte, frame] = [chunk[at]!, this.#frames.at(-1)!];
    const depth = this.#frames.length - 1;
    const fits = frame.patterns.filter(({ segments }) => fitsSegment(segments[depth], frame));
    const wanted = fits.find(({ segments }) => segments.length === depth + 1) ?? null;
    const end = wanted && this.#readTogether(chunk, at, wanted, items);
    if (end) return end;
    const isContainer = byte === OPEN_ARRAY || byte === OPEN_OBJECT;
    if (!wanted && isContainer && fits.length > 0) {
      this.#open(byte === OPEN_ARRAY, fits);
      return at + 1;
    }
    this.#begin('value', isContainer ? 'container' : byte === QUOTE ? 'string' : 'scalar', wanted);
    return at;
  }

  #open(isArray: boolean, patterns: readonly Pattern[]): void {
    this.#frames.push({ isArray, key: '', index: 0, expectsKey: !isArray, patterns, misses: 0 });
  }

  #begin(within: Within, shape: Shape, wanted: Pattern | null): void {
    this.#within = within;
    this.#shape = shape;
    this.#wanted = wanted;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#digits = 0;
    this.#hasLongNumber = false;
    this.#parts = [];
    this.#length = 0;
  }

  /** Where the value or key that is being read ends, if it does within `chunk`: after its last byte. */
  #findEnd(chunk: Buffer, from: number): { readonly at: number; readonly found: boolean } {
    const { length } = chunk;
    const isScalar = this.#shape === 'scalar';
    let inString = this.#inString;
    let escaped = this.#escaped;
    let depth = this.#depth;
    let digits = this.#digits;
    let found = false;
    let at = from;
    while (at < length && !found) {
      if (inString) {
        if (escaped) {
          escaped = false;
          at++;
          continue;
        }
        let byte = chunk[at]!;
        while (byte !== QUOTE && byte !== BACKSLASH && ++at < length) byte = chunk[at]!;
        if (at === length) break;
        at++;
        if (byte === BACKSLASH) escaped = true;
        else {
          inString = false;
          found = depth === 0;
        }
        continue;
      }
      const kind = KINDS[chunk[at++]!]!;
      if (kind === DIGIT) {
        if (++digits === UNSAFE_DIGITS) this.#hasLongNumber = true;
        continue;
      }
      digits = 0;
      if (isScalar) {
        found = kind === SPACE || kind === SEPARATOR || kind === CLOSING;
        if (found) at--;
      } else if (kind === STRING) inString = true;
      else if (kind === OPENING) depth++;
      else if (kind === CLOSING) found = --depth === 0;
    }
    this.#inString = inString;
    this.#escaped = escaped;
    this.#depth = depth;
    this.#digits = digits;
    return { at, found };
  }

  #keep(bytes: Buffer): void {
    if (this.#wanted === null && this.#within === 'value') return;
    this.#length += bytes.length;
    if (this.#length <= this.#itemBytes) this.#parts.push(bytes);
    else this.#parts = [];
  }

  /** `at`: after it, in the chunk at hand. */
  #finish(items: JsonItem[], at: number): void {
    const frame = this.#frames.at(-1)!;
    this.#lastEnd = at;
    if (this.#within === 'key') {
      frame.key = this.#keyAt();
      frame.expectsKey = false;
    } else if (this.#wanted) {
      const item = this.#itemAt(this.#wanted.name);
      if (item) items.push(item);
    }
    this.#begin('structure', 'scalar', null);
  }

  #itemAt(pattern: string): JsonItem | null {
    if (this.#length > this.#itemBytes) {
      const broken = `longer than ${this.#itemBytes} bytes`;
      return { path: this.#path(), pattern, value: undefined, size: 0, broken };
    }
    const bytes = this.#bytes();
    if (this.#only && !this.#only(bytes)) return null;
    const json = bytes.toString('utf8');
    try {
      return {
        path: this.#path(),
        pattern,
        value: this.#hasLongNumber ? JSON.parse(json, keepDigits) : JSON.parse(json),
        size: this.#length,
      };
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      return { path: this.#path(), pattern, value: undefined, size: 0, broken: 'not JSON' };
    }
  }

  #bytes(): Buffer {
    const [first] = this.#parts;
    return this.#parts.length === 1 && first ? first : Buffer.concat(this.#parts);
  }

  #keyAt(): string {
    try {
      return String(JSON.parse(this.#bytes().toString('utf8')));
    } catch {
      return '';
    }
  }

  #path(): string[] {
    return this.#frames.map(({ isArray, index, key }) => (isArray ? String(index) : key));
  }
}

/** From the bracket that closes a value at `end` to the first key of the one that begins at `start`; undefined where it has none. */
function betweenValues(chunk: Buffer, end: number, start: number): Buffer | undefined {
  const key = /^\{\s*"[^"\\]*"/.exec(chunk.toString('latin1', start, start + LONGEST_KEY))?.[0];
  return key === undefined || chunk[end - 1] !== CLOSE_OBJECT ? undefined : chunk.subarray(end - 1, start + key.length);
}

function valuesIn(json: string): unknown[] | undefined {
  try {
    return parseLossless(`[${json}]`) as unknown[];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function fitsSegment(segment: string | undefined, { isArray, key }: Frame): boolean {
  return isArray ? segment === '[]' : segment === '*' || segment === key;
}
