/** The parts of a mail that people read, found without decoding anything: attachments are stepped over. */
import { type MailHeaders, parameter, splitHeaders } from './mail-headers.ts';

export interface TextPart {
  readonly headers: MailHeaders;
  readonly body: Buffer;
  readonly isHtml: boolean;
}

export interface MailParts {
  /** In their order; of alternatives the plain one, if it says anything. */
  readonly texts: readonly TextPart[];
  /** An invitation, or the answer to one. */
  readonly hasCalendar: boolean;
  /** No parts are left that were not looked at, as it has too many, or one in the other. */
  readonly isWhole: boolean;
}

type Found = { -readonly [Key in 'hasCalendar' | 'isWhole']: MailParts[Key] };

const DEEPEST = 10;
const MOST_PARTS = 100;

export function mailParts(headers: MailHeaders, body: Buffer): MailParts {
  const found: Found = { hasCalendar: false, isWhole: true };
  const texts = textsIn(headers, body, found, 0);
  return { texts, ...found };
}

function textsIn(headers: MailHeaders, body: Buffer, found: Found, depth: number): TextPart[] {
  const contentType = headers.get('content-type');
  const type = /^[^\s;]+/.exec(contentType)?.[0].toLowerCase() ?? 'text/plain';
  if (type === 'text/calendar') found.hasCalendar = true;
  if (/^\s*attachment/i.test(headers.get('content-disposition'))) return [];
  if (type.startsWith('multipart/')) {
    if (depth >= DEEPEST) found.isWhole = false;
    const all = depth >= DEEPEST ? [] : split(body, parameter(contentType, 'boundary'));
    if (all.length > MOST_PARTS) found.isWhole = false;
    const parts = all.slice(0, MOST_PARTS).map((part) => {
      const inner = splitHeaders(part);
      return textsIn(inner.headers, inner.body, found, depth + 1);
    });
    return type === 'multipart/alternative' ? chosen(parts) : parts.flat();
  }
  // `text` alone, and no type at all, are what old programs wrote for plain text.
  if (type === 'text/plain' || type === 'text') return [{ headers, body, isHtml: false }];
  return type === 'text/html' ? [{ headers, body, isHtml: true }] : [];
}

function chosen(alternatives: readonly TextPart[][]): TextPart[] {
  const says = (texts: readonly TextPart[]) =>
    texts.some(({ body }) => body.subarray(0, 5000).toString('latin1').trim() !== '');
  const plain = alternatives.find((texts) => says(texts) && texts.every(({ isHtml }) => !isHtml));
  return plain ?? alternatives.findLast(says) ?? [];
}

/** What stands between lines of two dashes and `boundary`; a mail that is cut off has no last line. */
function split(body: Buffer, boundary: string): Buffer[] {
  if (boundary === '') return [];
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const parts: Buffer[] = [];
  let start = -1;
  for (
    let at = body.indexOf(delimiter);
    at !== -1 && parts.length <= MOST_PARTS;
    at = body.indexOf(delimiter, at + 1)
  ) {
    const after = body[at + delimiter.length];
    const isLine =
      (at === 0 || body[at - 1] === 0x0a) && (after === undefined || /[\s-]/.test(String.fromCharCode(after)));
    if (!isLine) continue;
    if (start !== -1) parts.push(body.subarray(start, at));
    const lineEnd = body.indexOf(0x0a, at);
    if (lineEnd === -1 || body.toString('latin1', at + delimiter.length, at + delimiter.length + 2) === '--')
      return parts;
    start = lineEnd + 1;
  }
  if (start !== -1) parts.push(body.subarray(start));
  return parts;
}
