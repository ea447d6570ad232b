/** What the owner says of a post of which the program cannot tell whether it is there. */
import { UserError } from '../errors.ts';
import { type Draft, getDraft } from '../queue/draft.ts';
import { move } from '../queue/status.ts';
import { type Store, transaction } from '../store/store.ts';

export interface Settlement {
  readonly draftId: number;
  readonly was: 'posted' | 'not posted';
  /** Where it was found to be posted, if the owner knows. */
  readonly url?: string | undefined;
  readonly now: Date;
  /** A post that is sent again can be taken back for so long. */
  readonly undoMs: number;
}

/** What was posted is published; what was not is approved as it was, and sent anew. @throws UserError when the draft is not held for its owner. */
export async function settle(store: Store, settlement: Settlement): Promise<Draft> {
  const { draftId, was, url = null, now, undoMs } = settlement;
  return transaction(store, async (inside) => {
    const draft = await getDraft(inside, draftId);
    if (draft.status !== 'uncertain' || draft.heldAt === null) throw notHeld(draft);
    const newest = await inside.db
      .selectFrom('attempts')
      .select(['id', 'part'])
      .where('draft_id', '=', draftId)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    const goesOn = was === 'posted' && newest.part + 1 < (draft.parts?.length ?? 1);
    if (goesOn && url === null) {
      throw new UserError(`Draft ${draftId} is a thread of which more is to be posted: expected where this post is`, {
        hint: `eidolon queue settle ${draftId} --posted URL`,
      });
    }
    const said = { finished_at: now.toISOString(), error: `its owner says: ${was}` };
    const outcome =
      was === 'posted'
        ? ({ outcome: 'published', url, ...(goesOn && { post_id: url }) } as const)
        : ({ outcome: 'refused' } as const);
    await inside.db
      .updateTable('attempts')
      .set({ ...said, ...outcome })
      .where('id', '=', newest.id)
      .execute();

    const patch = { held_at: null, reason: null };
    const publishAt = new Date(now.getTime() + undoMs).toISOString();
    const won =
      was === 'posted' && !goesOn
        ? await move(
            inside,
            draftId,
            { from: 'uncertain', to: 'published' },
            { ...patch, url, published_at: now.toISOString() },
          )
        : await move(inside, draftId, { from: 'uncertain', to: 'approved' }, { ...patch, publish_at: publishAt });
    if (!won) throw new Error(`Draft ${draftId} moved inside a transaction that had the write lock`);
    return getDraft(inside, draftId);
  });
}

function notHeld({ id, status }: Draft): UserError {
  const why =
    status === 'uncertain'
      ? 'is still looked for by the program'
      : `is ${status}: there is no doubt about it to settle`;
  return new UserError(`Draft ${id} ${why}`, { hint: `See: eidolon why ${id}` });
}
