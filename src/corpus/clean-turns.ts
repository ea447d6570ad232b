import type { Post } from '../archive/post.ts';
import { cleanText } from './clean-text.ts';
import type { Turn } from './document.ts';
import type { Rule } from './rules.ts';

export type RawTurn = Turn & Pick<Post, 'markup' | 'kind'>;

/** What was said before an answer, by the rules that clean texts; what is not worth learning may still be answered. */
export function cleanTurns(turns: readonly RawTurn[], rules: readonly Rule[]): Turn[] {
  const cleaning = rules.filter(({ judges }) => !judges);
  return turns.flatMap((turn): Turn[] => {
    const cleaned = cleanText(turn.text, turn, cleaning);
    return 'droppedBy' in cleaned ? [] : [{ by: turn.by, text: cleaned.text }];
  });
}
