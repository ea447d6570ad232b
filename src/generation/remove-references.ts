/**
 * Takes mentions, links and hashtags out of a text, all but those that its owner allowed. Errs on the side of taking out:
 * what one network leaves alone another one makes a link of.
 */

export interface Allowed {
  /** `@ada` or `@ada@example.social`. */
  readonly mentions: readonly string[];
  /** Hosts, such as `example.org`, with every path on them. */
  readonly links: readonly string[];
  readonly hashtags: readonly string[];
}

const AT = '[@＠﹫]';
const HASH = '[#＃﹟]';
const DOT = '[.．․﹒]';
/** Part of a host name or handle. Underscores and whatever letters there are, since some networks take them. */
const LABEL = '[\\p{L}\\p{M}\\p{N}_-]';
const DOMAIN = `(?:${LABEL}+${DOT})+(?:xn--|\\p{L}[\\p{L}\\p{M}])${LABEL}*`;
const REST = '[^\\s<>"“”«»]*';
const REFERENCE = new RegExp(
  `(?<space>[^\\S\\n]?)(?:${[
    `(?<link>[a-zａ-ｚ][a-zａ-ｚ0-9０-９+.-]*[:：][/／]{2}${REST}|\\b(?:mailto|magnet|xmpp|tel|sms|javascript|data)[:：][^\\s]${REST}|www${DOT}[^\\s]${REST})`,
    `(?<mention>(?:${LABEL}|${DOT})*${AT}+${LABEL}(?:${LABEL}|${DOT}(?=${LABEL}))*(?:${AT}${LABEL}(?:${LABEL}|${DOT}(?=${LABEL}))*)*)`,
    `(?<domain>${DOMAIN}(?:[:：]\\d+)?(?:[/／?#]${REST})?)`,
    // A number alone is no hashtag anywhere; # and an enclosing keycap is an emoji.
    `(?<hashtag>${HASH}+(?!\\ufe0f?\\u20e3)(?=[^\\s\\p{P}\\p{S}]*[^\\s\\p{P}\\p{S}\\p{N}])[^\\s\\p{P}\\p{S}]+|${HASH}+(?=_|\\p{Extended_Pictographic}))`,
  ].join('|')})`,
  'giu',
);
type Groups = Readonly<Partial<Record<'space' | 'link' | 'mention' | 'domain' | 'hashtag', string>>>;

/** A hashtag is a word of its sentence, so it only loses its sign. */
const SIGNS = new RegExp(`^${HASH}+`, 'u');
/** No host, but a sentence that was not set off from the next one. */
const SENTENCES = new RegExp(`^[\\p{L}\\p{N}]+(?:${DOT}\\p{Lu}\\p{Ll}*)+$`, 'u');
const DOTS = new RegExp(DOT, 'gu');
const CLOSING = /[.,;:!?…)\]}'’]+$/u;

/** Until nothing more is found: what is taken out may bring together what stood around it. */
export function removeReferences(text: string, allowed: Allowed): string {
  const shorter = text.replace(REFERENCE, (found: string, ...rest) => {
    const groups: Groups = rest.at(-1);
    const at: number = rest.at(-3);
    const [before, closing] = [groups.space ?? '', groups.hashtag ? '' : (CLOSING.exec(found)?.[0] ?? '')];
    const reference = found.slice(before.length, found.length - closing.length);
    if (isAllowed(reference, groups, allowed)) return found;
    if (groups.hashtag) return before + reference.replace(SIGNS, '');
    if (groups.domain && SENTENCES.test(reference)) return `${before}${reference.replace(DOTS, '$& ')}${closing}`;
    const next = closing || text.slice(at + found.length);
    return (/^\p{P}/u.test(next) ? '' : before) + closing;
  });
  return shorter === text ? text : removeReferences(shorter, allowed);
}

function isAllowed(reference: string, groups: Groups, allowed: Allowed): boolean {
  if (groups.mention) return isAllowedName(reference, allowed.mentions);
  if (groups.hashtag) return isAllowedName(reference, allowed.hashtags);
  return isAllowedLink(reference, allowed.links);
}

/** Names count as equal whatever their case and width; an allowed one may be written with or without its sign. */
function isAllowedName(name: string, allowed: readonly string[]): boolean {
  const bare = (written: string) => written.normalize('NFKC').toLowerCase().replace(/^[@#]/, '');
  return allowed.some((one) => bare(one) === bare(name)) && /^[@＠﹫#＃﹟][^@＠﹫#＃﹟]/u.test(name);
}

function isAllowedLink(link: string, allowed: readonly string[]): boolean {
  const host = hostOf(link);
  return host !== undefined && allowed.some((one) => hostOf(one) === host);
}

/** As a browser would read it, so that `https://good.org@evil.org` is evil.org. */
function hostOf(link: string): string | undefined {
  const written = link.normalize('NFKC').toLowerCase();
  const address = /^https?:\/\//.test(written) ? written : `https://${written}`;
  return URL.canParse(address) ? new URL(address).hostname.replace(/^www\./, '') : undefined;
}
