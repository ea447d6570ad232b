/** What tells something about a person or opens a door: kept out of the corpus, and never posted by a machine. */
import { isIP } from 'node:net';

interface Pattern {
  readonly kind: string;
  /** No quantifier is nested in another and each is bounded, so a search takes time in proportion to the text. */
  readonly pattern: RegExp;
  readonly confirms?: (found: string) => boolean;
  /** Of what is confirmed, the part that is meant; without it, all. */
  readonly part?: (found: string) => string;
}

/** Adding a kind is a line. */
const PATTERNS: readonly Pattern[] = [
  {
    kind: 'an e-mail address',
    pattern: /(?<![@\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}\.[\p{L}\p{N}.-]{2,190}/gu,
  },
  {
    kind: 'a phone number',
    pattern: /(?<![\p{L}\p{N}.,/-])(?:\+|\()?\d[\d ()./-]{5,24}\d(?![\p{L}\p{N}])/gu,
    confirms: isPhoneNumber,
  },
  { kind: 'an IBAN', pattern: /(?<![\p{L}\p{N}])[A-Z]{2}\d{2}[A-Z0-9 ]{11,40}/gu, confirms: isIban, part: ibanIn },
  { kind: 'an IBAN', pattern: /(?<![\p{L}\p{N}])[a-z]{2}\d{2}[a-z0-9]{11,30}(?![\p{L}\p{N}])/giu, confirms: isIban },
  { kind: 'a card number', pattern: /(?<![\d-])\d[\d -]{11,30}\d(?![\d-])/g, confirms: isCardNumber },
  { kind: 'a social security number', pattern: /(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])/g },
  {
    kind: 'an IP address',
    pattern: /(?<![\p{L}\p{N}.:])[0-9a-f][0-9a-f:.]{5,43}[0-9a-f](?![\p{L}\p{N}:])/giu,
    confirms: (found) => isIP(found) !== 0,
  },
  {
    kind: 'an access token',
    pattern: /(?<![\p{L}\p{N}])(?:gh[pousr]_|github_pat_|glpat-|sk-|xox[abprs]-|AKIA|AIza|eyJ)[\w.-]{12,200}/gu,
  },
  { kind: 'an access token', pattern: /(?<![\w+/=-])[\w+/=-]{32,300}(?![\w+/=-])/g, confirms: looksRandom },
  {
    kind: 'a private key',
    pattern:
      /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?:[A-Z -]{0,40}[\w+/=\s:,-]{0,8000}-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
  },
];

/** The kinds of personal data in a text. */
export function personalDataIn(text: string): string[] {
  const kinds = PATTERNS.filter(({ pattern, confirms = () => true }) =>
    (text.match(pattern) ?? []).some((found) => confirms(found.trim())),
  ).map(({ kind }) => kind);
  return [...new Set(kinds)];
}

/** The text with `instead` for each piece of personal data. */
export function replacePersonalData(text: string, instead: string): string {
  return PATTERNS.reduceRight(
    (rest, { pattern, confirms = () => true, part }) =>
      rest.replace(pattern, (match) => {
        const found = match.trimEnd();
        if (!confirms(found.trimStart())) return match;
        const meant = part ? part(found) : found;
        return instead + match.slice(meant.length);
      }),
    text,
  );
}

/** International, in groups as North Americans write them, or with the 0 of a long-distance call; years and dates are none. */
function isPhoneNumber(found: string): boolean {
  const digits = found.replace(/\D/g, '');
  if (found.startsWith('+') || /^00[1-9]/.test(digits)) return digits.length >= 8 && digits.length <= 17;
  if (/^(?:1[ .-])?\(?\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}$/.test(found)) return true;
  return /^\(?0[1-9]/.test(found) && digits.length >= 9 && digits.length <= 12 && !/^\d\d[./-]\d\d[./-]\d/.test(found);
}

/** ISO 13616: the first four characters moved to the end, letters as 10 to 35, leave 1 modulo 97. */
function isIban(found: string): boolean {
  return ibanIn(found) !== '';
}

/** The groups from the first one on that make an IBAN; '' where none do. */
function ibanIn(found: string): string {
  const groups = found.split(' ');
  const last = groups.findIndex((_, index) => {
    const iban = groups
      .slice(0, index + 1)
      .join('')
      .toUpperCase();
    if (iban.length < 15 || iban.length > 34) return false;
    const digits = (iban.slice(4) + iban.slice(0, 4)).replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
    return BigInt(digits) % 97n === 1n;
  });
  return groups.slice(0, last + 1).join(' ');
}

/** ISO/IEC 7812: 13 to 19 digits whose Luhn sum ends in 0. */
function isCardNumber(found: string): boolean {
  const digits = found.replace(/\D/g, '');
  if (digits.length < 13 || digits.length > 19 || /^(\d)\1*$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const doubled = Number(digit) * (place % 2 === 0 ? 1 : 2);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

function looksRandom(found: string): boolean {
  const hexadecimal = /^[0-9a-f]+$/i.test(found) && /\d/.test(found) && /[a-f]/i.test(found);
  return hexadecimal || (/\d/.test(found) && /[a-z]/.test(found) && /[A-Z]/.test(found));
}
