/**
 * What somebody wrote in a mail, without the mail that it answers or forwards, signature and footers. Works line by line,
 * each looked at a fixed number of times and to a fixed length, so that no mail makes it slow: of the libraries for this,
 * email-reply-parser takes minutes over some mails, and planer leaves quotations in.
 */
import {
  ATTRIBUTION_VERBS,
  DISCLAIMERS,
  FIRST_HEADERS,
  FORWARD_OPENINGS,
  MOBILE_FOOTERS,
  SEPARATORS,
} from './mail-phrases.ts';

/** In UTF-16 units. Nobody writes more by hand. */
const LONGEST = 64 << 10;
/** No phrase that is looked for makes a longer line. */
const LONGEST_LINE = 400;

const BROKEN_END = /^>\s?[:：]$/;

export interface OwnPart {
  readonly words: string;
  /** More may stand behind what was looked at: it is long, and ends in the writer's own words. */
  readonly isCut: boolean;
}

export function ownWords(mail: string): string {
  return ownPart(mail).words;
}

/** `isCut`: `mail` itself is only the beginning. */
export function ownPart(mail: string, isCut = false): OwnPart {
  const lines = mail
    .slice(0, LONGEST)
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => line.trimEnd())
    // The end of an address that was broken off is no quotation.
    .flatMap((line, index, all) =>
      BROKEN_END.test(line) ? [] : [BROKEN_END.test(all[index + 1] ?? '') ? `${line}>:` : line],
    );
  const end = endOfOwn(lines);
  const own = withoutQuotations(lines.slice(0, end));
  const goesOn = end === lines.length && own.at(-1) === lines.at(-1);
  const words = withoutFooters(own)
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return { words, isCut: (isCut || mail.length > LONGEST) && goesOn };
}

/** The first line after which everything is somebody else's, or a signature's. */
function endOfOwn(lines: readonly string[]): number {
  const end = lines.findIndex(
    (line, index) =>
      line.length <= LONGEST_LINE &&
      (isSignatureMark(lines, index) ||
        isSeparator(lines, index) ||
        isHeaderBlock(lines, index) ||
        opensForwarded(line)),
  );
  return end === -1 ? lines.length : end;
}

/** The signature of most people has no more lines. */
const MOST_SIGNED = 8;

/** `-- `, which programs trim to `--`; a row of longer dashes over the last lines; and what mailing lists add. */
function isSignatureMark(lines: readonly string[], index: number): boolean {
  const line = lines[index]!;
  if (line === '--' || line === '—') return true;
  if (/^[—–─]{3,80}$/.test(line)) return lines.length - index <= MOST_SIGNED;
  return /^_{2,80}$/.test(line) && / mailing list$/i.test((lines[index + 1] ?? '').slice(0, LONGEST_LINE));
}

/** `-----Original Message-----` in a language that is known, or anything like it before a line like `From: Ann`. */
function isSeparator(lines: readonly string[], index: number): boolean {
  const match = /^[>\s]{0,4}(?:-{2,20}|_{5,80}|\*{3,20}) ?([^-_*].{0,250}?)? ?(?:-{2,20}|_{0,80}|\*{3,20})$/.exec(
    lines[index]!,
  );
  if (!match) return false;
  const words = match[1]?.trim() ?? '';
  if (SEPARATORS.has(words.toLowerCase()) || isAttribution(words)) return true;
  const next = lines.slice(index + 1, index + 4).findIndex((line) => line.trim() !== '');
  return words.length <= 60 && next !== -1 && isHeaderBlock(lines, index + 1 + next);
}

/**
 * `From: …`, `Sent: …`, `To: …`: a sender's name in some language, and two more lines of a name and a value after it; or
 * three and more such lines together, of which one is a sender's.
 */
function isHeaderBlock(lines: readonly string[], index: number): boolean {
  const first = headerName(lines[index]!);
  if (first === undefined) return false;
  const next = lines.slice(index + 1, index + 8).filter((line) => line.trim() !== '');
  const names = next.slice(0, 3).map(headerName);
  if (FIRST_HEADERS.has(first)) return names.filter((name) => name !== undefined).length >= 2;
  const following = lines.slice(index + 1, index + 4).map(headerName);
  const isTogether = following.slice(0, 2).every((name) => name !== undefined);
  return isTogether && following.some((name) => name !== undefined && FIRST_HEADERS.has(name));
}

/** In lower case; undefined where the line is none. Some programs write it bold, between asterisks. */
function headerName(line: string): string | undefined {
  const match =
    /^[>\s]{0,12}\*{0,2}(\p{L}[\p{L}\p{M}.-]{0,20}(?: \p{L}{1,15})?)\*{0,2}\s{0,2}[:：]\*{0,2}(?:\s|$)/u.exec(
      line.slice(0, 80),
    );
  return match?.[1]?.toLowerCase();
}

function opensForwarded(line: string): boolean {
  const last = line.at(-1);
  return (last === ':' || last === '：') && FORWARD_OPENINGS.has(line.slice(0, -1).trim().toLowerCase());
}

/** Quoted lines go, with the line that says whose they are; where nothing quoted follows it, so does all the rest. */
function withoutQuotations(lines: readonly string[]): string[] {
  const own: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (isQuoted(line)) continue;
    own.push(line);
    const length = attributionEndingAt(own);
    if (length === 0) continue;
    own.length -= length;
    const next = lines.slice(index + 1).find((other) => other !== '');
    if (next === undefined || !isQuoted(next)) return own;
  }
  return own;
}

function isQuoted(line: string): boolean {
  return /^\s{0,3}(?:>|[|│] )/.test(line);
}

/**
 * How many of the last lines say who wrote what follows, "On Monday, 3 May 2021 at 10:00 Ann <ann@mail.example> wrote:"; 0
 * where they do not. Such a sentence ends in a colon and has a date or address and a verb, or else both date and address.
 */
function attributionEndingAt(lines: readonly string[]): number {
  const last = lines.at(-1)!;
  if (last.length > LONGEST_LINE) return 0;
  if (!/[:：]$/.test(last)) return HAS_DATE.test(last) && HAS_ADDRESS.test(last) && ENDS_IN_WROTE.test(last) ? 1 : 0;
  const paragraph = lines.slice(-MOST_LINES).reverse();
  const blank = paragraph.findIndex((line) => line === '' || line.length > LONGEST_LINE);
  const ending = blank === -1 ? paragraph : paragraph.slice(0, blank);
  const fits = ending.findIndex((_, index) =>
    isAttribution(
      ending
        .slice(0, index + 1)
        .reverse()
        .join(' '),
    ),
  );
  if (fits === -1) return 0;
  // Programs break the sentence where they like: its beginning is the line that has the date, or opens the paragraph.
  const opens = ending.findLastIndex(
    (line) => OPENS_ATTRIBUTION.test(line) || (HAS_DATE.test(line) && !/[.!?]$/.test(line)),
  );
  return Math.max(fits, opens) + 1;
}

const MOST_LINES = 3;
const ENDS_IN_WROTE = /[>)\s](?:wrote|schrieb|a écrit|escribió|escreveu|ha scritto|schreef|skrev)$/i;
const OPENS_ATTRIBUTION = /^(?:on|am|le|el|il|em|op|den|på|w dniu|dnia|dne|dňa|în|в|у|the|\d{4}[-年/])(?!\p{L})/iu;
const HAS_DATE = /\d{1,2}[:.h]\d{2}|\b(?:19|20)\d{2}\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d年/;
const HAS_ADDRESS = /[^\s<>()@]{1,64}@[^\s<>()@]{1,100}\.[a-z]{2,20}/i;

function isAttribution(sentence: string): boolean {
  const [hasDate, hasAddress] = [HAS_DATE.test(sentence), HAS_ADDRESS.test(sentence)];
  return (hasDate && hasAddress) || ((hasDate || hasAddress) && ATTRIBUTION_VERBS.test(sentence));
}

/** "Sent from my phone" and "This mail is confidential" stand last, and with everything after them they go. */
function withoutFooters(lines: readonly string[]): string[] {
  const own = [...lines];
  const disclaimer = own.findIndex((line, index) => index > 0 && DISCLAIMERS.test(line.slice(0, LONGEST_LINE)));
  if (disclaimer !== -1) own.length = disclaimer;
  // Outlook on a phone puts it above the mail that is answered, without any other sign of that.
  const device = own.findIndex(
    (line, index) => index > 0 && own[index - 1] === '' && isFooter(line) && DEVICE.test(line),
  );
  if (device !== -1) own.length = device;
  for (;;) {
    while (own.length > 0 && /^[\s_*=-]*$/.test(own.at(-1)!.slice(0, LONGEST_LINE))) own.pop();
    const last = own.at(-1);
    if (last === undefined || !isFooter(last)) return own;
    own.pop();
  }
}

const DEVICE = /iphone|ipad|android|outlook|samsung|galaxy|huawei|xiaomi|blackberry|yahoo|proton|gmail/i;

function isFooter(line: string): boolean {
  return line.length <= 160 && MOBILE_FOOTERS.test(line.trim());
}
