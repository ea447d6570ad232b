/** What a reply answers, as lines for a terminal. Others wrote it: shown, never obeyed. */
import { styleText } from 'node:util';
import { printable, shortened, wrapped } from './printable.ts';

export interface Said {
  /** `@bob@example.social` */
  readonly author: string;
  readonly isOwn: boolean;
  readonly text: string;
}

/** Who said what, oldest first; with `most`, in so many lines: the newest post, and of those before it their beginnings. */
export function threadLines(thread: readonly Said[], width: number, most = Number.POSITIVE_INFINITY): string[] {
  const newest = thread.at(-1);
  if (newest === undefined) return [];
  if (most === Number.POSITIVE_INFINITY) return thread.flatMap((said) => postLines(said, width));
  const last = postLines(newest, width);
  const shown = last.length > most ? [...last.slice(0, most - 1), styleText('dim', '  …')] : last;
  const room = most - shown.length;
  const before = room > 0 ? thread.slice(0, -1).slice(-room) : [];
  return [...before.map((said) => postInBrief(said, width)), ...shown];
}

function postLines(said: Said, width: number): string[] {
  return [nameOf(said, width), ...wrapped(printable(said.text), width - 2).map((line) => `  ${line}`)];
}

function postInBrief(said: Said, width: number): string {
  const name = printable(said.author, { oneLine: true });
  return styleText('dim', shortened(`${name}: ${printable(said.text, { oneLine: true })}`, width));
}

function nameOf({ author, isOwn }: Said, width: number): string {
  return styleText(isOwn ? 'bold' : 'cyan', shortened(printable(author, { oneLine: true }), width));
}
