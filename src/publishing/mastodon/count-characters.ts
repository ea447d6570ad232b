/** Mastodon's own counting: graphemes, a link counting the same however long it is, and of `@user@host` only `@user`. */

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** What the server makes links of: with a protocol and a host with a dot. Closing punctuation is the sentence's. */
const LINK =
  /(?<![\p{L}\p{N}_@＠$#＃.-])https?:\/\/(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,10}[\p{L}]{2,63}(?::\d{1,5})?(?:[/?#][^\s<>"'`\u{3000}]*)?/giu;
const CLOSING = /[.,:;!?)\]}'"»”’…]+$/u;
const REMOTE_MENTION =
  /(?<![\p{L}\p{N}_=/])@([\p{L}\p{N}_]+(?:[\p{L}\p{N}_.-]+[\p{L}\p{N}_]+)?)@[\p{L}\p{N}][\p{L}\p{N}.:-]*[\p{L}\p{N}]/gu;

export function countCharacters(text: string, charactersPerLink: number, contentWarning = ''): number {
  const link = 'x'.repeat(charactersPerLink);
  const counted = text.replace(LINK, (found) => link + (CLOSING.exec(found)?.[0] ?? '')).replace(REMOTE_MENTION, '@$1');
  return [...graphemes.segment(contentWarning + counted)].length;
}
