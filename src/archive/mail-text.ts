/** The text of a part of a mail, whatever it is encoded in and whatever it says that it is encoded in. */
import { isAscii } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { decodeWords } from 'postal-mime';
import { parameter } from './mail-headers.ts';
import type { TextPart } from './mail-parts.ts';

/** What is written by hand is shorter; what is longer is cut before anything reads it. */
export const LONGEST_PART = 256 << 10; // bytes, encoded

/** Names that programs put on anything: the bytes decide. */
const OFTEN_LIES = /^(?:|us-ascii|ascii|iso-8859-1|latin1|windows-1252|cp1252|unknown-8bit|x-unknown)$/i;

export function textOf({ headers, body, isHtml }: TextPart): string {
  const contentType = headers.get('content-type');
  const bytes = withoutEncoding(
    body.subarray(0, LONGEST_PART),
    headers.get('content-transfer-encoding').trim().toLowerCase(),
  );
  const isFlowed = !isHtml && /;\s*format\s*=\s*"?flowed/i.test(contentType);
  const charset = parameter(contentType, 'charset').toLowerCase();
  const text = decoderOf(charset || 'utf-8')?.decode(bytes) ?? decodedByLibrary(bytes, charset);
  const honest = isAscii(bytes) ? text : mended(text, bytes, charset);
  return isFlowed ? unflowed(honest, /;\s*delsp\s*=\s*"?yes/i.test(contentType)) : honest;
}

/**
 * Lines that end in a space go on in the next, RFC 3676. Only in one that is quoted as deep: postal-mime takes no notice of
 * that, and makes an answer a part of the quoted line above it.
 */
function unflowed(text: string, delSp: boolean): string {
  const lines: { quotes: string; words: string; goesOn: boolean }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [quotes = ''] = /^>{0,100}/.exec(line) ?? [];
    const words = line.slice(quotes.length).replace(/^ /, '');
    const goesOn = words.endsWith(' ') && words !== '-- ';
    const last = lines.at(-1);
    const kept = goesOn && delSp ? words.slice(0, -1) : words;
    if (last?.goesOn && last.quotes === quotes && words !== '-- ') {
      last.words += kept;
      last.goesOn = goesOn;
    } else lines.push({ quotes, words: kept, goesOn });
  }
  return lines.map(({ quotes, words }) => (quotes === '' ? words : `${quotes} ${words}`)).join('\n');
}

/** A name of no charset may have been put on any; UTF-8 is never so by chance. */
function mended(text: string, bytes: Buffer, charset: string): string {
  if (/^(?:utf-?8)?$/.test(charset))
    return text.includes('\ufffd') ? new TextDecoder('windows-1252').decode(bytes) : text;
  if (!OFTEN_LIES.test(charset)) return text;
  const asUtf8 = new TextDecoder('utf-8').decode(bytes);
  return asUtf8.includes('\ufffd') ? text : asUtf8;
}

const decoders = new Map<string, TextDecoder | undefined>();

function decoderOf(charset: string): TextDecoder | undefined {
  if (decoders.size > 1000) decoders.clear(); // mails can name what they like
  if (!decoders.has(charset)) decoders.set(charset, newDecoder(charset));
  return decoders.get(charset);
}

function newDecoder(charset: string): TextDecoder | undefined {
  try {
    return new TextDecoder(charset);
  } catch {
    return undefined;
  }
}

/** Own code for two encodings of a few lines: postal-mime makes a Blob of every part, which costs ten times the rest. */
function withoutEncoding(bytes: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(bytes.toString('latin1'), 'base64');
  if (encoding !== 'quoted-printable') return bytes;
  const text = bytes
    .toString('latin1')
    .replace(/=[ \t]{0,20}\r?\n/g, '')
    .replace(/=([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(text, 'latin1');
}

/** For charsets under the names that old programs have for them: as if it were a word in a header, which is decoded at once. */
function decodedByLibrary(bytes: Buffer, charset: string): string {
  return decodeWords(`=?${charset.replace(/[^\w.:+-]/g, '')}?B?${bytes.toString('base64')}?=`);
}
