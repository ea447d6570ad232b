/** Puts what a call to the model brought into the queue: a draft, more candidates for one, or a silence with its reason. */
import { UserError } from '../errors.ts';
import type { GenerationRequest } from '../generation/generate.ts';
import { type Store, transaction } from '../store/store.ts';
import type { Blind, MentionsTable } from '../store/tables.ts';
import { type NewCandidate, packHidden } from './candidate.ts';

/** One call to the model; `request` is all that is needed to make the same call again. */
export interface Round {
  readonly model: string;
  readonly modelHash: string;
  readonly request: RoundRequest;
}

export interface RoundRequest extends GenerationRequest {
  /** Of a weight of the model that wrote, where it was one with fewer than the model came in. */
  readonly bits?: 4 | 8;
  /** Of the weights in those bits. */
  readonly bitsHash?: string | undefined;
  /** Stands before what was written: whom a reply is to, where its network wants them named. */
  readonly address?: string;
  /** What tidying lets stand. */
  readonly allow: {
    readonly mentions: readonly string[];
    readonly links: readonly string[];
    readonly hashtags: readonly string[];
  };
}

export interface NewDraft {
  readonly persona: string;
  readonly kind?: 'post' | 'reply';
  readonly provenance?: 'generated' | 'archived';
  readonly prompt: string | null;
  readonly dueAt: Date;
  readonly inReplyTo?: string | null;
  /** Of a reply: who sees what it answers. */
  readonly audience?: MentionsTable['visibility'];
  readonly round: Round;
  /** Of these or of those left over at least one is kept. */
  readonly candidates: readonly NewCandidate[];
  readonly leftovers?: readonly OfferedLeftover[];
  readonly blind?: Blind | null;
  readonly now: Date;
}

/** A candidate of an earlier round that nobody was shown, with what is said of it now. */
export interface OfferedLeftover
  extends Pick<NewCandidate, 'score' | 'gates' | 'features' | 'prior' | 'drawnBy' | 'position'> {
  readonly id: number;
}

/** A new pending draft with the round that made it: all of it is stored or nothing. Returns its id. */
export async function createDraft(store: Store, draft: NewDraft): Promise<number> {
  if (!draft.candidates.some(({ kept }) => kept) && !draft.leftovers?.length)
    throw new Error('A draft needs a candidate that its owner can pick');
  return transaction(store, async (inside) => {
    const { id } = await inside.db
      .insertInto('drafts')
      .values({
        persona: draft.persona,
        kind: draft.kind ?? 'post',
        provenance: draft.provenance ?? 'generated',
        prompt: draft.prompt,
        due_at: draft.dueAt.toISOString(),
        in_reply_to: draft.inReplyTo ?? null,
        audience: draft.audience ?? null,
        created_at: draft.now.toISOString(),
        blind: draft.blind ?? null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const roundId = await insertRound(inside, { ...draft, draftId: id, outcome: 'kept', reason: null });
    for (const leftover of draft.leftovers ?? []) await offerLeftover(inside, leftover, { draftId: id, roundId });
    return id;
  });
}

export interface MoreCandidates {
  readonly round: Round;
  readonly candidates: readonly NewCandidate[];
  readonly now: Date;
}

/**
 * Another round for a draft that waits for its owner; the earlier candidates stay. None kept is no failure, but recorded.
 * @throws UserError when the draft was decided in the meantime.
 */
export async function addCandidates(store: Store, draftId: number, more: MoreCandidates): Promise<void> {
  await transaction(store, async (inside) => {
    const draft = await inside.db
      .selectFrom('drafts')
      .select(['persona', 'status'])
      .where('id', '=', draftId)
      .executeTakeFirstOrThrow();
    if (draft.status !== 'pending') {
      throw new UserError(`Draft ${draftId} is ${draft.status}: more candidates are for a pending one`);
    }
    const kept = more.candidates.some((candidate) => candidate.kept);
    await insertRound(inside, {
      ...more,
      persona: draft.persona,
      draftId,
      outcome: kept ? 'kept' : 'none passed',
      reason: kept ? null : 'no candidate passed every gate',
    });
  });
}

export interface Silence {
  readonly persona: string;
  readonly outcome: 'none passed' | 'failed';
  readonly reason: string;
  readonly round: Round;
  readonly candidates: readonly NewCandidate[];
  readonly now: Date;
}

/** A round that led to no draft, kept so that `eidolon why` can say why nothing came. */
export async function recordSilence(store: Store, silence: Silence): Promise<void> {
  await transaction(store, (inside) => insertRound(inside, { ...silence, draftId: null }));
}

interface RoundRow extends MoreCandidates {
  readonly persona: string;
  readonly draftId: number | null;
  readonly outcome: 'kept' | 'none passed' | 'failed';
  readonly reason: string | null;
}

async function offerLeftover(
  store: Store,
  leftover: OfferedLeftover,
  { draftId, roundId }: { readonly draftId: number; readonly roundId: number },
): Promise<void> {
  const { numUpdatedRows } = await store.db
    .updateTable('candidates')
    .set({
      draft_id: draftId,
      offered_in: roundId,
      kept: 1,
      position: leftover.position ?? null,
      score: leftover.score,
      prior: leftover.prior ?? leftover.score,
      gates: JSON.stringify(leftover.gates),
      features: JSON.stringify(leftover.features),
      drawn_by: leftover.drawnBy ?? 'score',
    })
    .where('id', '=', leftover.id)
    .where('kept', '=', 0)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new Error(`Candidate ${leftover.id} was left over no more`);
}

/** Returns its id. */
async function insertRound(store: Store, row: RoundRow): Promise<number> {
  const { id } = await store.db
    .insertInto('rounds')
    .values({
      draft_id: row.draftId,
      persona: row.persona,
      model: row.round.model,
      model_hash: row.round.modelHash,
      request: JSON.stringify(row.round.request),
      outcome: row.outcome,
      reason: row.reason,
      created_at: row.now.toISOString(),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const best = row.candidates.filter(({ kept }) => kept).toSorted((a, b) => b.score - a.score);
  for (const candidate of row.candidates) {
    await store.db
      .insertInto('candidates')
      .values({
        round_id: id,
        draft_id: row.draftId,
        position: candidate.kept ? (candidate.position ?? best.indexOf(candidate) + 1) : null,
        text: candidate.text,
        raw_text: candidate.rawText,
        tokens: candidate.tokens,
        log_probability: candidate.logProbability,
        seed: candidate.seed,
        kept: candidate.kept ? 1 : 0,
        score: candidate.score,
        gates: JSON.stringify(candidate.gates),
        features: JSON.stringify(candidate.features),
        passed: candidate.gates.every(({ passed }) => passed) ? 1 : 0,
        prior: candidate.prior ?? candidate.score,
        hidden: candidate.hidden ? packHidden(candidate.hidden.state) : null,
        hidden_model: candidate.hidden?.model ?? null,
        drawn_by: candidate.kept ? (candidate.drawnBy ?? 'score') : null,
        offered_in: candidate.kept ? id : null,
        skill: candidate.found?.skill ?? 'generate',
        confidence: candidate.found?.confidence ?? null,
        because: candidate.found?.because ?? null,
      })
      .execute();
  }
  return id;
}
