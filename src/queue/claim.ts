/** Takes the next draft to publish, and lets go of those that nobody decided. */
import { type Store, transaction } from '../store/store.ts';
import type { DraftsTable, MentionsTable } from '../store/tables.ts';
import type { DraftOptions } from './draft.ts';
import { move } from './status.ts';

export interface Claim {
  readonly draftId: number;
  readonly text: string;
  readonly inReplyTo: string | null;
  /** How it is to go out, where its owner wants it otherwise than persona.yaml. */
  readonly wishes: DraftOptions;
  /** The texts of a thread of which a part is posted. */
  readonly parts: readonly string[] | null;
  /** Of a reply: who sees what it answers. */
  readonly audience: MentionsTable['visibility'] | null;
}

export type DraftKind = DraftsTable['kind'];
export const DRAFT_KINDS: readonly DraftKind[] = ['post', 'reply'];

/**
 * The approved draft whose time has come, soonest first. Only one whose text is the text that its newest decision
 * approved: what was changed behind the owner's back is left where it is, for `eidolon why` to explain.
 */
export async function nextDue(
  store: Store,
  persona: string,
  now: Date,
  kinds: readonly DraftKind[] = DRAFT_KINDS,
): Promise<Claim | null> {
  const row = await store.db
    .selectFrom('drafts')
    .innerJoin('decisions', 'decisions.draft_id', 'drafts.id')
    .select(['drafts.id', 'decisions.text', 'drafts.in_reply_to', 'drafts.options', 'drafts.parts', 'drafts.audience'])
    .where('drafts.persona', '=', persona)
    .where('drafts.status', '=', 'approved')
    .where('drafts.kind', 'in', kinds)
    .where('drafts.publish_at', '<=', now.toISOString())
    .where('decisions.action', 'in', ['picked', 'edited'])
    .whereRef('decisions.text', '=', 'drafts.text')
    .where('decisions.id', '=', (query) =>
      query
        .selectFrom('decisions as newest')
        .select((select) => select.fn.max('newest.id').as('id'))
        .whereRef('newest.draft_id', '=', 'drafts.id')
        .where('newest.action', 'not in', ['more', 'skipped']),
    )
    .orderBy('drafts.publish_at')
    .orderBy('drafts.id')
    .limit(1)
    .executeTakeFirst();
  if (row?.text == null) return null;
  return {
    draftId: row.id,
    text: row.text,
    inReplyTo: row.in_reply_to,
    audience: row.audience,
    wishes: JSON.parse(row.options),
    parts: row.parts === null ? null : JSON.parse(row.parts),
  };
}

/** Moves the next due draft to `publishing` for the caller alone; null when none is due. */
export async function claimNext(
  store: Store,
  persona: string,
  now: Date,
  kinds: readonly DraftKind[] = DRAFT_KINDS,
): Promise<Claim | null> {
  return transaction(store, async (inside) => {
    const due = await nextDue(inside, persona, now, kinds);
    return due && (await move(inside, due.draftId, { from: 'approved', to: 'publishing' })) ? due : null;
  });
}

export interface Expiry {
  readonly persona: string;
  readonly kind?: DraftKind;
  readonly expireAfterMs: number;
  readonly now: Date;
}

/** Lets go of pending drafts whose slot passed longer than `expireAfterMs` ago. Returns how many. */
export async function expireDrafts(
  store: Store,
  { persona, kind = 'post', expireAfterMs, now }: Expiry,
): Promise<number> {
  return transaction(store, async (inside) => {
    const stale = await inside.db
      .selectFrom('drafts')
      .select('id')
      .where('persona', '=', persona)
      .where('status', '=', 'pending')
      .where('kind', '=', kind)
      .where('due_at', '<', new Date(now.getTime() - expireAfterMs).toISOString())
      .execute();
    for (const { id } of stale) {
      await move(
        inside,
        id,
        { from: 'pending', to: 'expired' },
        { reason: 'nobody decided in time', decided_at: now.toISOString() },
      );
    }
    return stale.length;
  });
}
