/** The blind drafts as trials of what the program would have approved. */
import type { Store } from '../store/store.ts';
import type { Trial } from './autonomy.ts';
import type { HeldOut } from './selector/evaluate-selector.ts';

/**
 * Those written by the model of `modelHash` alone: what another one wrote says nothing of this one. To them come the
 * program's own approvals that the owner took back: the worst of faults, seen without having been asked for.
 */
export async function readTrials(
  { db }: Store,
  persona: string,
  modelHash: string,
  heldOut: readonly HeldOut[],
): Promise<Trial[]> {
  const rows = await db
    .selectFrom('drafts')
    .innerJoin('candidates', 'candidates.draft_id', 'drafts.id')
    .innerJoin('rounds', 'rounds.id', 'candidates.round_id')
    .select(['drafts.id', 'rounds.model_hash'])
    .where('drafts.persona', '=', persona)
    .where('drafts.blind', 'is not', null)
    .where('candidates.kept', '=', 1)
    .execute();
  const byOther = new Set(rows.filter(({ model_hash }) => model_hash !== modelHash).map(({ id }) => id));
  const known = new Set(rows.map(({ id }) => id).filter((id) => !byOther.has(id)));
  const drafts = Map.groupBy(
    heldOut.filter(({ draft, blind }) => blind && known.has(draft)),
    ({ draft }) => draft,
  );
  const asked = [...drafts.values()].map((texts): Trial => {
    const choice = texts.reduce((best, text) => (text.probability > best.probability ? text : best));
    return { probability: choice.probability, wrong: !(choice.approved && choice.weight === 1) };
  });
  return [...asked, ...(await takenBack({ db }, persona, modelHash))];
}

async function takenBack({ db }: Pick<Store, 'db'>, persona: string, modelHash: string): Promise<Trial[]> {
  const rows = await db
    .selectFrom('decisions')
    .innerJoin('drafts', 'drafts.id', 'decisions.draft_id')
    .innerJoin('candidates', 'candidates.id', 'decisions.candidate_id')
    .innerJoin('rounds', 'rounds.id', 'candidates.round_id')
    .select('candidates.score')
    .where('drafts.persona', '=', persona)
    .where('drafts.blind', 'is', null)
    .where('decisions.by', '=', 'program')
    .where('rounds.model_hash', '=', modelHash)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('decisions as later')
          .select('later.id')
          .whereRef('later.draft_id', '=', 'decisions.draft_id')
          .whereRef('later.id', '>', 'decisions.id')
          .where('later.action', 'in', ['undone', 'rejected', 'edited']),
      ),
    )
    .execute();
  return rows.map(({ score }) => ({ probability: score, wrong: true }));
}
