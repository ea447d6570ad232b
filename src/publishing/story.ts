/** All that is on record about one draft, or about a persona that writes nothing. Reads only. */
import type { Selectable } from 'kysely';
import { UserError } from '../errors.ts';
import { type Candidate, candidateOf } from '../queue/candidate.ts';
import type { RoundRequest } from '../queue/create-draft.ts';
import { type Draft, getDraft } from '../queue/draft.ts';
import type { Store } from '../store/store.ts';
import type { AttemptsTable, DecisionsTable, RoundsTable } from '../store/tables.ts';

export interface Story {
  readonly draft: Draft;
  readonly rounds: readonly RoundStory[];
  readonly decisions: readonly DecisionStory[];
  readonly attempts: readonly AttemptStory[];
}

/** One call to the model with every candidate it wrote, also those that no one was shown, and those left over that it was offered with. */
export interface RoundStory {
  readonly id: number;
  readonly createdAt: string;
  readonly model: string;
  /** Of the weights that wrote it; empty when the model could not be asked. */
  readonly modelHash: string;
  readonly request: RoundRequest;
  readonly outcome: RoundsTable['outcome'];
  readonly reason: string | null;
  readonly candidates: readonly Candidate[];
}

export interface DecisionStory {
  readonly at: string;
  readonly action: DecisionsTable['action'];
  readonly candidateId: number | null;
  readonly text: string | null;
  readonly reason: string | null;
  readonly by: 'owner' | 'program';
}

export interface AttemptStory {
  readonly network: string;
  readonly key: string;
  readonly text: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly outcome: Selectable<AttemptsTable>['outcome'];
  readonly url: string | null;
  readonly error: string | null;
  /** When its owner took it back from the network. */
  readonly removedAt: string | null;
}

export async function readStory(store: Store, draftId: number): Promise<Story> {
  const { db } = store;
  return {
    draft: await getDraft(store, draftId),
    rounds: await withCandidates(
      store,
      await db.selectFrom('rounds').selectAll().where('draft_id', '=', draftId).orderBy('id').execute(),
    ),
    decisions: await db
      .selectFrom('decisions')
      .select(['at', 'action', 'candidate_id as candidateId', 'text', 'reason', 'by'])
      .where('draft_id', '=', draftId)
      .orderBy('id')
      .execute(),
    attempts: await db
      .selectFrom('attempts')
      .select(['network', 'key', 'payload as text', 'started_at as startedAt', 'finished_at as finishedAt'])
      .select(['outcome', 'url', 'error', 'removed_at as removedAt'])
      .where('draft_id', '=', draftId)
      .orderBy('id')
      .execute(),
  };
}

/** The persona's latest calls to the model that led to no draft, newest first: those since the last that did. */
export async function readSilence(store: Store, persona: string, limit = 5): Promise<readonly RoundStory[]> {
  const rounds = await store.db
    .selectFrom('rounds')
    .selectAll()
    .where('persona', '=', persona)
    .where('draft_id', 'is', null)
    .where('id', '>', ({ selectFrom, lit }) =>
      selectFrom('rounds')
        .select(({ fn }) => fn.coalesce(fn.max('id'), lit(0)).as('id'))
        .where('persona', '=', persona)
        .where('draft_id', 'is not', null),
    )
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return withCandidates(store, rounds);
}

/** The draft that became the post at `url`. @throws UserError when no draft did. */
export async function draftPublishedAt(store: Store, url: string): Promise<number> {
  const row = await store.db.selectFrom('drafts').select('id').where('url', '=', url).executeTakeFirst();
  if (row) return row.id;
  throw new UserError(`Expected the id of a draft, the URL of a post or the name of a persona, found "${url}"`, {
    hint: 'See: eidolon queue list, eidolon timeline, eidolon persona list',
  });
}

async function withCandidates(store: Store, rounds: readonly Selectable<RoundsTable>[]): Promise<RoundStory[]> {
  const ids = rounds.map(({ id }) => id);
  const candidates = await store.db
    .selectFrom('candidates')
    .selectAll()
    .where(({ eb, or }) => or([eb('round_id', 'in', ids), eb('offered_in', 'in', ids)]))
    .orderBy('round_id', 'desc')
    .orderBy('seed')
    .execute();
  return rounds.map((round) => ({
    id: round.id,
    createdAt: round.created_at,
    model: round.model,
    modelHash: round.model_hash,
    request: JSON.parse(round.request),
    outcome: round.outcome,
    reason: round.reason,
    candidates: candidates.filter((row) => row.round_id === round.id || row.offered_in === round.id).map(candidateOf),
  }));
}
