/** What the owner says of a draft. Every decision is appended and, in the same transaction, moves the draft. */
import type { Insertable } from 'kysely';
import { UserError } from '../errors.ts';
import { type Draft, getDraft } from '../queue/draft.ts';
import { move } from '../queue/status.ts';
import { type Store, transaction } from '../store/store.ts';
import type { DecisionsTable } from '../store/tables.ts';
import { isVisible } from './is-visible.ts';

export interface Approval {
  readonly draftId: number;
  /** The candidate that was picked, or that the edit began from; none: what failed before, else the first. */
  readonly candidateId?: number | undefined;
  /** The owner's own words; none: the candidate as it stands. */
  readonly text?: string | undefined;
  readonly now: Date;
  /** Between the decision and publishing there is at least this much time to undo. */
  readonly undoMs: number;
  /** The persona's limit, in characters. */
  readonly maxCharacters?: number | undefined;
  /** Whether its network takes it, as one post or as a thread: what is wrong with it, if anything. */
  readonly complaint?: ((text: string) => string | undefined) | undefined;
  /** Who says so; the owner where it is left out. Only the owner's decisions teach. */
  readonly by?: 'owner' | 'program' | undefined;
}

/** @throws UserError when the draft is neither pending nor failed, or the text is empty or too long. */
export async function approve(store: Store, approval: Approval): Promise<Draft> {
  return transaction(store, async (inside) => {
    const draft = await getDraft(inside, approval.draftId);
    if (draft.status !== 'pending' && draft.status !== 'failed') throw tooLate(draft, 'approved');
    const candidate = chosenCandidate(draft, approval.candidateId ?? draft.candidateId);
    const standing = approval.candidateId === undefined ? (draft.text ?? candidate.text) : candidate.text;
    const text = approval.text === undefined ? standing : approvable(approval.text, approval);
    refuseTooLong(draft, approval.complaint?.(text));
    if (text !== draft.text) await refuseInPart(inside, draft, 'put into other words');
    const publishAt = Math.max(Date.parse(draft.dueAt), approval.now.getTime() + approval.undoMs);

    await append(inside, draft, {
      action: text === candidate.text ? 'picked' : 'edited',
      candidate_id: candidate.id,
      text,
      at: approval.now.toISOString(),
      by: approval.by ?? 'owner',
    });
    await moved(inside, draft, 'approved', {
      text,
      candidate_id: candidate.id,
      reason: null,
      decided_at: approval.now.toISOString(),
      publish_at: new Date(publishAt).toISOString(),
    });
    return getDraft(inside, draft.id);
  });
}

export interface Rejection {
  readonly draftId: number;
  readonly reason?: string | undefined;
  readonly now: Date;
}

/** Also of a draft that may be posted or not, once that is left to the owner. @throws UserError when the draft is already being published, or decided otherwise. */
export async function reject(store: Store, { draftId, reason, now }: Rejection): Promise<Draft> {
  return transaction(store, async (inside) => {
    const draft = await getDraft(inside, draftId);
    const isOpen = draft.status === 'pending' || draft.status === 'approved' || draft.status === 'failed';
    if (!isOpen && draft.heldAt === null) {
      throw tooLate(draft, 'rejected');
    }
    await refuseInPart(inside, draft, 'rejected');
    const because = reason?.trim() || null;
    await append(inside, draft, { action: 'rejected', reason: because, at: now.toISOString() });
    await moved(inside, draft, 'rejected', { ...UNDECIDED, reason: because, decided_at: now.toISOString() });
    return getDraft(inside, draft.id);
  });
}

export interface Passing {
  readonly draftId: number;
  readonly now: Date;
}

/** Leaves the draft pending for another time. */
export function skip(store: Store, passing: Passing): Promise<Draft> {
  return note(store, passing, 'skipped');
}

/** Records that none of the candidates was good enough; the caller makes more. */
export function askForMore(store: Store, passing: Passing): Promise<Draft> {
  return note(store, passing, 'more');
}

/**
 * Takes back the newest decision: the draft is pending again. Possible until publishing has begun.
 * @throws UserError when there is nothing to undo, or it is too late.
 */
export async function undo(store: Store, { draftId, now }: Passing): Promise<Draft> {
  return transaction(store, async (inside) => {
    const draft = await getDraft(inside, draftId);
    if (draft.status === 'approved' || draft.status === 'rejected') {
      await refuseInPart(inside, draft, 'undone like this');
      await append(inside, draft, { action: 'undone', at: now.toISOString() });
      await moved(inside, draft, 'pending', { ...UNDECIDED, reason: null, decided_at: null });
    } else if (draft.status === 'pending' && (await newestAction(inside, draftId)) === 'skipped') {
      await append(inside, draft, { action: 'undone', at: now.toISOString() });
    } else if (draft.status === 'pending') {
      throw new UserError(`Draft ${draftId} is pending: there is no decision to undo`);
    } else {
      throw tooLate(draft, 'undone');
    }
    return getDraft(inside, draft.id);
  });
}

const UNDECIDED = { text: null, candidate_id: null, publish_at: null, held_at: null } as const;

type Decision = Partial<Omit<Insertable<DecisionsTable>, 'id' | 'draft_id'>> &
  Pick<Insertable<DecisionsTable>, 'action' | 'at'>;

/** Every decision is another row; none is changed. */
export async function append(store: Store, draft: Pick<Draft, 'id'>, decision: Decision): Promise<void> {
  const nothing = { candidate_id: null, text: null, reason: null };
  await store.db
    .insertInto('decisions')
    .values({ draft_id: draft.id, ...nothing, ...decision })
    .execute();
}

async function moved(
  store: Store,
  draft: Draft,
  to: 'approved' | 'rejected' | 'pending',
  patch: Parameters<typeof move>[3],
): Promise<void> {
  const won = await move(store, draft.id, { from: draft.status, to }, patch);
  if (!won) throw new Error(`Draft ${draft.id} moved inside a transaction that had the write lock`);
}

async function note(store: Store, { draftId, now }: Passing, action: 'skipped' | 'more'): Promise<Draft> {
  return transaction(store, async (inside) => {
    const draft = await getDraft(inside, draftId);
    if (draft.status !== 'pending') throw tooLate(draft, action === 'more' ? 'given more candidates' : 'skipped');
    if (action === 'more' && draft.provenance !== 'generated') {
      throw new UserError(`Draft ${draftId} was not generated: nothing more is written for it`, {
        hint: 'Pick it, edit it or reject it',
      });
    }
    await append(inside, draft, { action, at: now.toISOString() });
    return draft;
  });
}

async function newestAction(store: Store, draftId: number): Promise<DecisionsTable['action'] | undefined> {
  const newest = store.db.selectFrom('decisions').select('action').where('draft_id', '=', draftId);
  return (await newest.orderBy('id', 'desc').limit(1).executeTakeFirst())?.action;
}

function chosenCandidate(draft: Draft, candidateId: number | null) {
  const candidate = candidateId === null ? draft.candidates[0] : draft.candidates.find(({ id }) => id === candidateId);
  if (candidate) return candidate;
  const offered = draft.candidates.map(({ id }) => id).join(', ');
  throw new UserError(`Draft ${draft.id} has no candidate ${candidateId}; it offers ${offered}`, {
    hint: `See: eidolon queue show ${draft.id}`,
  });
}

function approvable(
  text: string,
  { maxCharacters = Number.POSITIVE_INFINITY }: Pick<Approval, 'maxCharacters'>,
): string {
  const trimmed = text.replaceAll(/\r\n?/g, '\n').trim();
  if (!isVisible(trimmed))
    throw new UserError('An empty text cannot be approved', { hint: 'Reject the draft instead' });
  const length = [...trimmed].length; // code points, as the gates count
  if (length > maxCharacters) {
    throw new UserError(`The text has ${length} characters; the persona's limit is ${maxCharacters}`, {
      hint: 'Make it shorter, or raise length.max in persona.yaml',
    });
  }
  return trimmed;
}

function refuseTooLong({ id }: Draft, wrong: string | undefined): void {
  if (wrong === undefined) return;
  throw new UserError(`Draft ${id} is too long: ${wrong}`, {
    hint: 'Make it shorter, or allow threads in persona.yaml (account.threads: true)',
  });
}

/** A thread that is half sent is finished or taken back from the network; there is no other way out of it. */
async function refuseInPart(store: Store, { id, parts }: Draft, wanted: string): Promise<void> {
  const { posted } = await store.db
    .selectFrom('attempts')
    .select(({ fn }) => fn.countAll<number>().as('posted'))
    .where('draft_id', '=', id)
    .where('outcome', '=', 'published')
    .where('removed_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (Number(posted) === 0) return;
  throw new UserError(
    `Draft ${id} is posted in part (${posted} of ${parts?.length ?? 1}): it can no longer be ${wanted}`,
    {
      hint: `Approve it as it is, and it goes on; or take it back from the network: eidolon queue undo ${id}`,
    },
  );
}

function tooLate({ id, status }: Draft, wanted: string): UserError {
  const canBeUndone = status === 'approved' || status === 'rejected';
  return new UserError(`Draft ${id} is ${status}: it can no longer be ${wanted}`, {
    hint:
      canBeUndone || status === 'published'
        ? `First take that back: eidolon queue undo ${id}`
        : `See: eidolon why ${id}`,
  });
}
