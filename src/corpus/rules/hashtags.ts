/** Hashtags are words in a sentence, and shelf marks at its end. */

const TAG = '[#＃](?=[\\p{N}_]{0,30}\\p{L})[\\p{L}\\p{M}\\p{N}_]{1,100}';
const ANY = new RegExp(`(?<![\\p{L}\\p{N}&/])${TAG}`, 'gu');
/** A row of them that ends a paragraph: two or more, or one that a sentence or a line has ended before. */
const ROW_AT_END = new RegExp(`(?:^|[ \\t]|(?<=[.!?…)"”\\n]))${TAG}(?:[ \\t,]{1,3}${TAG}){0,60}[ \\t]*$`, 'gmu');

type Fate = 'words' | 'keep' | 'remove';

/** `Nothing but #GreyRain today. #weather #London` → `Nothing but Grey Rain today.` with `words`; `allowed` ones stay. */
export function withoutHashtags(text: string, fate: Fate, allowed: readonly string[]): string {
  if (fate === 'keep' || !/[#＃]/u.test(text)) return text;
  const bare = (tag: string) => tag.normalize('NFKC').toLowerCase().replace(/^#/, '');
  const stays = new Set(allowed.map(bare));
  const isRow = (row: string, before: string) =>
    (row.match(ANY) ?? []).length > 1 || /(?:^|[.!?…)"”:\n]\s*)$/u.test(before.slice(-20));
  return text
    .replace(ROW_AT_END, (row, at: number) => {
      if (!isRow(row, text.slice(0, at))) return row;
      return (row.match(ANY) ?? [])
        .filter((tag) => stays.has(bare(tag)))
        .map((tag) => ` ${tag}`)
        .join('');
    })
    .replace(ANY, (tag) => {
      if (stays.has(bare(tag))) return tag;
      return fate === 'remove' ? '' : spelled(tag.slice(1));
    });
}

/** `GreyRain_today` → `Grey Rain today` */
function spelled(tag: string): string {
  return tag.replace(/_/g, ' ').replace(/(\p{Ll})(?=\p{Lu})/gu, '$1 ');
}
