/** Drafts in a store, decided by a made-up owner: likes what is long. */

import type { NewDraft } from '../../src/queue/create-draft.ts';
import { normal, randomFrom } from '../../src/random.ts';
import { approve, reject } from '../../src/review/decide.ts';
import type { Store } from '../../src/store/store.ts';
import { candidate, insertDraft, NOON } from '../queue/prepared-drafts.ts';

export interface Deciding {
  readonly drafts: number;
  readonly seed?: number;
  readonly changes?: Partial<NewDraft>;
  readonly blind?: (index: number) => NewDraft['blind'];
  /** Texts of a draft; 1 where each decision is a plain yes or no. */
  readonly texts?: number;
}

/** A draft whose candidates have a feature `size` that its owner goes by: above 0 is approved, the largest picked. */
export async function decidedDrafts(
  store: Store,
  { drafts, seed = 1, changes, blind = () => null, texts = 3 }: Deciding,
): Promise<number[]> {
  const random = randomFrom(seed);
  const ids: number[] = [];
  for (let index = 0; index < drafts; index++) {
    const sizes = Array.from({ length: texts }, () => normal(random) - 0.4);
    const id = await insertDraft(store, [], {
      candidates: sizes.map((size, at) => sizedCandidate(size, `text ${seed} ${index} ${at}`)),
      blind: blind(index),
      ...changes,
    });
    await decide(store, id, sizes);
    ids.push(id);
  }
  return ids;
}

export function sizedCandidate(size: number, text: string) {
  return candidate(text, {
    score: 0.5,
    prior: 0.5,
    features: [{ name: 'size', value: size, part: 0 }],
    hidden: { state: Float32Array.of(size, 1, -size, 0.5), model: '3f9a' },
  });
}

async function decide(store: Store, draftId: number, sizes: readonly number[]): Promise<void> {
  const rows = await store.db
    .selectFrom('candidates')
    .select(['id', 'features'])
    .where('draft_id', '=', draftId)
    .execute();
  const best = Math.max(...sizes);
  const chosen = rows.find(({ features }) => JSON.parse(features)[0].value === best);
  if (best > 0) await approve(store, { draftId, candidateId: chosen?.id, now: NOON, undoMs: 0 });
  else await reject(store, { draftId, now: NOON });
}
