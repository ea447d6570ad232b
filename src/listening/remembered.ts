/** What somebody and the persona said to each other before, elsewhere: for an answer to read, where its persona remembers. */
import { MOST_CONTEXT } from '../corpus/dialogue.ts';
import type { Store } from '../store/store.ts';
import type { SaidInThread } from './turns-of.ts';
import type { WaitingRow } from './waiting.ts';

/** More is not read. */
const MOST_PAIRS = MOST_CONTEXT / 2;

/**
 * Oldest first, of this person alone, and only what was posted for everyone to read: a message to few must not surface where others see
 * it, and who else reads this one is not known.
 */
export async function remembered(
  { db }: Store,
  mention: Pick<WaitingRow, 'persona' | 'account' | 'author_id' | 'post_id'>,
  conversationId: number | null,
): Promise<readonly SaidInThread[]> {
  const rows = await db
    .selectFrom('mentions')
    .innerJoin('drafts', 'drafts.id', 'mentions.draft_id')
    .select(['mentions.text as asked', 'drafts.text as answer'])
    .where('mentions.persona', '=', mention.persona)
    .where('mentions.account', '=', mention.account)
    .where('mentions.author_id', '=', mention.author_id)
    .where('mentions.post_id', '<>', mention.post_id)
    .where('mentions.conversation_id', 'is not', conversationId)
    .where('mentions.visibility', 'in', ['public', 'unlisted'])
    .where('drafts.status', '=', 'published')
    .orderBy('drafts.published_at', 'desc')
    .orderBy('drafts.id', 'desc')
    .limit(MOST_PAIRS)
    .execute();
  return rows.toReversed().flatMap(({ asked, answer }) => {
    if (asked === null || answer === null) return [];
    return [
      { isOwn: false, text: asked },
      { isOwn: true, text: answer },
    ];
  });
}
