/** The last look before a reply is sent: by then the person whom it answers may have asked for silence. */
import { sql } from 'kysely';
import type { Store } from '../store/store.ts';

/** Of the person whom the draft answers, the name, if they asked not to be answered; by id or by name, as they are known then. */
export async function optedOutOf({ db }: Store, draftId: number): Promise<string | null> {
  const row = await db
    .selectFrom('mentions')
    .innerJoin('opt_outs', 'opt_outs.persona', 'mentions.persona')
    .select('mentions.author_name as name')
    .where('mentions.draft_id', '=', draftId)
    .where(({ eb, and, or, ref }) =>
      or([
        and([
          eb('opt_outs.account', '=', ref('mentions.account')),
          eb('opt_outs.author_id', '=', ref('mentions.author_id')),
        ]),
        sql<boolean>`lower(opt_outs.author_name) = lower(mentions.author_name)`,
      ]),
    )
    .limit(1)
    .executeTakeFirst();
  return row?.name ?? null;
}
