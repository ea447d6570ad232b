/** The text of a part of a mail, whatever it is encoded in and whatever it says that it is encoded in. */
import { isAscii } from 'node:buffer';
import PostalMime from 'postal-mime';
import { parameter } from './mail-headers.ts';
import type { TextPart } from './mail-parts.ts';

/** What is written by hand is shorter; what is longer is cut before anything reads it. */
const LONGEST = 256 << 10; // bytes, encoded

/** Names that programs put on anything: the bytes decide. */
const OFTEN_LIES = /^(?:|us-ascii|ascii|iso-8859-1|latin1|windows-1252|cp1252|unknown-8bit|x-unknown)$/i;

export async function textOf({ headers, body, isHtml }: TextPart): Promise<string> {
  const contentType = headers.get('content-type');
  const encoding = headers.get('content-transfer-encoding').toLowerCase();
  const bytes = body.subarray(0, LONGEST);
  const isPlain = !/base64|quoted|uue/.test(encoding) && !/flowed|utf-?7|utf-?16|2022|hz-gb/i.test(contentType);
  if (isPlain && isAscii(bytes)) return bytes.toString('latin1');

  const decodedAs = (charset: string) => decode(bytes, { encoding, isHtml, charset, contentType });
  const charset = parameter(contentType, 'charset');
  const text = await decodedAs(charset || 'utf-8');
  if (text.includes('\ufffd') && /^(?:utf-?8)?$/i.test(charset)) return decodedAs('windows-1252');
  if (!OFTEN_LIES.test(charset) || isAscii(Buffer.from(text))) return text;
  const asUtf8 = await decodedAs('utf-8');
  return asUtf8.includes('\ufffd') ? text : asUtf8;
}

interface Encoded {
  readonly encoding: string;
  readonly charset: string;
  readonly isHtml: boolean;
  readonly contentType: string;
}

async function decode(bytes: Buffer, { encoding, charset, isHtml, contentType }: Encoded): Promise<string> {
  const flowed = /;\s*format\s*=\s*"?flowed/i.test(contentType) ? '; format=flowed' : '';
  const delSp = /;\s*delsp\s*=\s*"?yes/i.test(contentType) ? '; delsp=yes' : '';
  const safe = (token: string) => token.replace(/[^\w.:+-]/g, '');
  const head = [
    `Content-Type: text/${isHtml ? 'html' : 'plain'}; charset="${safe(charset)}"${flowed}${delSp}`,
    `Content-Transfer-Encoding: ${safe(encoding)}`,
  ];
  const { text, html } = await PostalMime.parse(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]));
  return (isHtml ? html : text) ?? '';
}
