/** What waits is ranked anew by what was just learned. */
import { type Store, transaction } from '../../store/store.ts';
import { measuredOf } from './read-examples.ts';
import { scoreCandidate } from './score-candidate.ts';
import type { Selector } from './selector.ts';

/** A candidate whose score has changed. */
export interface Rescored {
  readonly draftId: number;
  readonly candidateId: number;
  readonly before: { readonly score: number; readonly position: number | null };
  readonly after: { readonly score: number; readonly position: number };
}

/** The offers of all pending drafts but blind ones, whose order must tell nothing: best first again. */
export async function rescorePending(store: Store, persona: string, selector: Selector): Promise<Rescored[]> {
  return transaction(store, async ({ db }) => {
    const rows = await db
      .selectFrom('candidates')
      .innerJoin('drafts', 'drafts.id', 'candidates.draft_id')
      .select([
        'candidates.id',
        'candidates.draft_id',
        'candidates.offered_in',
        'candidates.score',
        'candidates.position',
      ])
      .select([
        'candidates.text',
        'candidates.features',
        'candidates.prior',
        'candidates.hidden',
        'candidates.hidden_model',
      ])
      .where('drafts.persona', '=', persona)
      .where('drafts.status', '=', 'pending')
      .where('drafts.provenance', '=', 'generated')
      .where('drafts.blind', 'is', null)
      .where('candidates.kept', '=', 1)
      .orderBy('candidates.position')
      .execute();
    const rescored: Rescored[] = [];
    for (const offer of Map.groupBy(rows, ({ offered_in }) => offered_in).values()) {
      const scored = offer.map((row) => ({
        row,
        ...scoreCandidate(selector, measuredOf(row), JSON.parse(row.features)),
      }));
      for (const [index, { row, score, features }] of scored.toSorted((a, b) => b.score - a.score).entries()) {
        const after = { score, position: index + 1 };
        const patch = { ...after, features: JSON.stringify(features) };
        await db.updateTable('candidates').set(patch).where('id', '=', row.id).execute();
        const before = { score: row.score, position: row.position };
        rescored.push({ draftId: row.draft_id ?? 0, candidateId: row.id, before, after });
      }
    }
    return rescored;
  });
}
