import { cleanTurns } from '../corpus/clean-turns.ts';
import { MOST_CONTEXT } from '../corpus/dialogue.ts';
import type { Turn } from '../corpus/document.ts';
import { type CorpusSettings, rulesFor } from '../corpus/rules.ts';

/** No network's post is longer by itself; of one that is, its end is read. In UTF-16 units. */
const LONGEST_POST = 5000;

/** A post of a thread, or a turn of a conversation. */
export interface SaidInThread {
  readonly isOwn: boolean;
  readonly text: string;
}

/**
 * A thread as a model reads it: cleaned as the texts that it learned from, and of it the turns before the answer that it
 * learned to read. Empty where nothing is left of what is to be answered: there is nothing to say to a picture.
 */
export function turnsOf(thread: readonly SaidInThread[], settings: CorpusSettings): readonly Turn[] {
  const rules = rulesFor({ ...settings, privacy: { ...settings.privacy, personalData: 'replace' } });
  const clean = (post: SaidInThread) =>
    cleanTurns(
      [
        {
          by: post.isOwn ? 'me' : 'another',
          text: post.text.slice(-LONGEST_POST),
          markup: 'plain',
          kind: 'post',
        },
      ],
      rules,
    );
  const newest = thread.at(-1);
  if (newest === undefined || newest.isOwn || clean(newest).length === 0) return [];
  return thread
    .slice(-2 * MOST_CONTEXT)
    .flatMap(clean)
    .slice(-MOST_CONTEXT);
}
