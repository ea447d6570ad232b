/** What somebody answered, as one text: what others said is quoted, so that a model and its reader tell the voices apart. */
import type { Turn } from './document.ts';

/** Of a conversation a model reads so many turns before an answer: when it learns, and when it writes one. */
export const MOST_CONTEXT = 4;

/** Quoted as in e-mail and Markdown, a turn a paragraph; the answer is to follow. Empty where nothing was said before. */
export function dialogueBefore(context: readonly Turn[]): string {
  return context.map(({ by, text }) => `${by === 'me' ? text : quoted(text)}\n\n`).join('');
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}
