/** Takes other people's accounts out. */

const HANDLE = '[\\p{L}\\p{N}_](?:[\\p{L}\\p{N}_.-]{0,60}[\\p{L}\\p{N}_])?';
const MENTION = new RegExp(
  `(?<![\\p{L}\\p{N}_@.+%/-])(?:[@＠]${HANDLE}(?:@[\\p{L}\\p{N}-]{1,63}(?:\\.[\\p{L}\\p{N}-]{1,63}){1,4})?|/?u/[\\w-]{3,20}(?![\\w/]))(?:['’]s(?!\\p{L}))?`,
  'giu',
);
/** Words that only said whose words these are, or who is in the picture. */
const CREDIT =
  /[\s([–—-]{0,6}\b(?:via|cc|h\/t|ht|hat tip|by|from|par|von|por|da):? {0,3}\ue000(?:[\s,&]{0,3}\ue000){0,20}[)\]]?[.!]?$/gimu;
const GONE = '\ue000';

/** `@bob @eve Thanks to @ada for this (via @tom)` → `Thanks to for this`; `allowed` accounts stay. */
export function withoutMentions(text: string, allowed: readonly string[]): string {
  if (!/[@＠]|u\//u.test(text)) return text;
  const bare = (name: string) =>
    name
      .normalize('NFKC')
      .toLowerCase()
      .replace(/['’]s$/, '')
      .replace(/^@/, '');
  const stays = new Set(allowed.map(bare));
  const marked = text.replace(MENTION, (found) => (stays.has(bare(found)) ? found : GONE));
  if (!marked.includes(GONE)) return text;
  return marked
    .replace(/^\.?(?:\ue000[\s,:]{0,3}){1,50}/u, '')
    .replace(CREDIT, '')
    .replace(/\s?[([]\s?\ue000\s?[)\]]/g, '')
    .replace(/[ \t]?\ue000/g, '');
}
