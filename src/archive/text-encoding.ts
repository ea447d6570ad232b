/**
 * Text of unknown encoding: what its byte order mark says, else UTF-16 where every other byte is zero, else UTF-8, else what a
 * page says of itself, else what fits where most letters are not Latin, else Windows-1252.
 */
import type { Readable } from 'node:stream';
import { analyse } from 'chardet';
import type { Entry } from './format.ts';

/** In bytes: by these the encoding is told. */
const SAMPLE = 1 << 20;

export async function* decoded(content: Readable): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let sample: Buffer[] = [];
  let length = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    if (decoder) {
      yield decoder.decode(chunk, { stream: true });
      continue;
    }
    sample.push(chunk);
    if ((length += chunk.length) < SAMPLE) continue;
    const bytes = Buffer.concat(sample);
    sample = [];
    decoder = new TextDecoder(encodingOf(bytes));
    yield decoder.decode(bytes, { stream: true });
  }
  const bytes = Buffer.concat(sample);
  decoder ??= new TextDecoder(encodingOf(bytes));
  yield decoder.decode(bytes);
}

/** Bytes that are not UTF-8 become U+FFFD. */
export async function* utf8Text(content: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  for await (const chunk of content as AsyncIterable<Buffer>) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** The text of an entry; undefined when it has more than `longest` bytes. */
export async function wholeText(entry: Entry, longest = 16 << 20): Promise<string | undefined> {
  const parts: string[] = [];
  let length = 0;
  for await (const part of decoded(await entry.open())) {
    if ((length += part.length) > longest) return undefined;
    parts.push(part);
  }
  return parts.join('');
}

function encodingOf(bytes: Buffer): string {
  const mark = bytes.toString('hex', 0, 3);
  if (mark.startsWith('fffe')) return 'utf-16le';
  if (mark.startsWith('feff')) return 'utf-16be';
  if (mark === 'efbbbf') return 'utf-8';
  const head = bytes.subarray(0, 1000);
  const zeros = (parity: number) => head.filter((byte, index) => byte === 0 && index % 2 === parity).length;
  if (zeros(1) > head.length / 4) return 'utf-16le';
  if (zeros(0) > head.length / 4) return 'utf-16be';
  return isUtf8(bytes) ? 'utf-8' : (saidIn(bytes) ?? ofItsScript(bytes) ?? 'windows-1252');
}

/** Also where some bytes are damaged: in another encoding hardly two letters in a row are, by chance, one of UTF-8. */
function isUtf8(bytes: Buffer): boolean {
  const text = new TextDecoder('utf-8').decode(bytes, { stream: true }); // streaming: the sample may end within a letter
  const damaged = text.split('\ufffd').length - 1;
  return damaged === 0 || damaged <= (text.match(/[^\0-\x7f\ufffd]/g) ?? []).length;
}

/** `<meta charset="windows-1251">`, `<?xml version="1.0" encoding="Shift_JIS"?>`. */
function saidIn(bytes: Buffer): string | undefined {
  const head = bytes.toString('latin1', 0, 1024);
  const said =
    /<meta\s[^<>]{0,200}charset\s*=\s*["']?([\w-]{1,30})|<\?xml\s[^<>]{0,100}encoding\s*=\s*["']([\w-]{1,30})/i.exec(
      head,
    );
  const name = (said?.[1] ?? said?.[2] ?? '').toLowerCase();
  return /^(?:$|utf-?(?:8|16))/.test(name) || !isEncoding(name) ? undefined : name;
}

/** Less of the letters of Latin languages are beyond ASCII, and there chardet takes one language for another. */
const ANOTHER_SCRIPT = 1 / 3;
const ASKED = 64 << 10; // bytes

function ofItsScript(bytes: Buffer): string | undefined {
  const asked = bytes.subarray(0, ASKED);
  const beyond = asked.filter((byte) => byte >= 0x80).length;
  if (beyond < asked.length * ANOTHER_SCRIPT) return undefined;
  const guesses = analyse(asked).filter(({ name }) => isEncoding(name));
  const best = guesses.filter(({ confidence }) => confidence === guesses[0]?.confidence).map(({ name }) => name);
  return best.find((name) => name.startsWith('windows')) ?? best[0];
}

function isEncoding(name: string): boolean {
  try {
    return new TextDecoder(name).encoding !== '';
  } catch {
    return false;
  }
}
