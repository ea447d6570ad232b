/** What the owner made of candidates, measured by the model, so that the selector can learn from it as from any text. */
import { packHidden } from '../../queue/candidate.ts';
import type { JudgeContext } from '../../scoring/candidate.ts';
import { CopyIndex } from '../../scoring/copy-index.ts';
import { judge } from '../../scoring/judge.ts';
import { measureTexts } from './measure-texts.ts';
import type { Writing } from './write-candidates.ts';

/** The rest follows with the next draft. */
const MOST = 32;

/** Returns how many. */
export async function measureEdits(
  { store, persona, host, home, signal }: Writing,
  context: JudgeContext,
  now: Date,
): Promise<number> {
  const edits = await store.db
    .selectFrom('decisions')
    .innerJoin('drafts', 'drafts.id', 'decisions.draft_id')
    .leftJoin('edits', 'edits.decision_id', 'decisions.id')
    .select(['decisions.id', 'decisions.text', 'drafts.prompt'])
    .where('drafts.persona', '=', persona.name)
    .where('drafts.provenance', '=', 'generated')
    .where('decisions.action', '=', 'edited')
    .where('decisions.by', '=', 'owner')
    .where('edits.decision_id', 'is', null)
    .orderBy('decisions.id', 'desc')
    .limit(MOST)
    .execute();
  const texts = edits.map(({ text }) => text ?? '');
  // Its own draft is among the earlier posts, of which it would be a copy.
  const alone = { ...context, earlier: new CopyIndex([]), recent: undefined };
  for (const [index, { hidden, ...likelihoods }] of (
    await measureTexts({ host, persona, home, signal }, texts)
  ).entries()) {
    const { id, prompt } = edits[index]!;
    const text = texts[index]!;
    const judgement = judge(
      { text, prompt: prompt ?? '', logProbabilities: [], finish: 'end-of-text', ...likelihoods },
      alone,
    );
    await store.db
      .insertInto('edits')
      .values({
        decision_id: id,
        features: JSON.stringify(judgement.features),
        prior: judgement.score,
        hidden: packHidden(hidden.state),
        hidden_model: hidden.model,
        measured_at: now.toISOString(),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  return edits.length;
}
