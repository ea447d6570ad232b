/** The headers of a mail or of one of its parts. */
import { isUtf8 } from 'node:buffer';

export interface MailHeaders {
  /** The first of the name, unfolded; '' where there is none. Encoded words are left as they are. */
  readonly get: (name: string) => string;
}

/** No mail server lets more through. */
const LONGEST = 256 << 10; // bytes

export function splitHeaders(bytes: Buffer): { readonly headers: MailHeaders; readonly body: Buffer } {
  const { head, start } = endOfHeaders(bytes);
  const raw = bytes.subarray(0, Math.min(head, LONGEST));
  const fields = new Map<string, string>();
  for (const line of raw
    .toString(isUtf8(raw) ? 'utf8' : 'latin1')
    .replace(/\r?\n[ \t]+/g, ' ')
    .split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    if (!fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  return { headers: { get: (name) => fields.get(name) ?? '' }, body: bytes.subarray(start) };
}

/** Where the headers end, and where after the blank line the body starts; a part may begin with that line. */
function endOfHeaders(bytes: Buffer): { readonly head: number; readonly start: number } {
  if (bytes[0] === 0x0a) return { head: 0, start: 1 };
  if (bytes[0] === 0x0d && bytes[1] === 0x0a) return { head: 0, start: 2 };
  const [lf, crlf] = [bytes.indexOf('\n\n'), bytes.indexOf('\n\r\n')];
  if (lf === -1 && crlf === -1) return { head: bytes.length, start: bytes.length };
  return crlf === -1 || (lf !== -1 && lf < crlf) ? { head: lf, start: lf + 2 } : { head: crlf, start: crlf + 3 };
}

/** A parameter of a structured header: `boundary`, `charset`, `format`; '' where there is none. */
export function parameter(value: string, name: string): string {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]{0,300})"|([^\\s;"]{1,300}))`, 'i').exec(
    value.slice(0, 2000),
  );
  return (match?.[1] ?? match?.[2] ?? '').trim();
}
