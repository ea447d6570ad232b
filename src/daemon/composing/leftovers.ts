/** Candidates that passed every gate and were shown to nobody: judged and scored again, before new ones are written. */
import { type Candidate, candidateOf, type HiddenState, unpackHidden } from '../../queue/candidate.ts';
import type { JudgeContext, Likelihood, Candidate as Text } from '../../scoring/candidate.ts';
import { judge } from '../../scoring/judge.ts';
import type { Store } from '../../store/store.ts';

export interface Leftover extends Candidate {
  readonly prior: number;
  readonly hidden?: HiddenState | undefined;
  /** Of the model that wrote it. */
  readonly modelHash: string;
}

export interface LeftoverQuery {
  readonly persona: string;
  /** The opening that they were written from. */
  readonly prompt: string;
  /** No older ones. */
  readonly since: Date;
}

/** Newer ones say more of the model as it is. */
const MOST = 64;

/** Those that still pass: what was posted meanwhile, or forbidden, counts now. None that was offered in the same words. */
export async function readLeftovers(
  { db }: Store,
  { persona, prompt, since }: LeftoverQuery,
  context: JudgeContext,
): Promise<Leftover[]> {
  const rows = await db
    .selectFrom('candidates')
    .innerJoin('rounds', 'rounds.id', 'candidates.round_id')
    .selectAll('candidates')
    .select('rounds.model_hash')
    .where('rounds.persona', '=', persona)
    .where('rounds.created_at', '>=', since.toISOString())
    .where(({ eb, fn, val }) => eb(fn('json_extract', ['rounds.request', val('$.prompt')]), '=', prompt))
    .where(({ eb, fn, val }) => eb(fn('json_extract', ['rounds.request', val('$.context')]), 'is', null))
    .where('candidates.kept', '=', 0)
    .where('candidates.passed', '=', 1)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('candidates as shown')
            .innerJoin('drafts', 'drafts.id', 'shown.draft_id')
            .select('shown.id')
            .where('drafts.persona', '=', persona)
            .where('shown.kept', '=', 1)
            .whereRef('shown.text', '=', 'candidates.text'),
        ),
      ),
    )
    .orderBy('candidates.id', 'desc')
    .limit(MOST)
    .execute();
  return rows.flatMap((row) => {
    const candidate = candidateOf(row);
    const judgement = judge(asJudged(candidate, prompt), context);
    if (!judgement.passed) return [];
    const hidden =
      row.hidden && row.hidden_model ? { state: unpackHidden(row.hidden), model: row.hidden_model } : undefined;
    return [{ ...candidate, ...judgement, prior: judgement.score, hidden, modelHash: row.model_hash }];
  });
}

/** As it was judged when it was written, from what was kept of that. */
function asJudged({ text, features }: Candidate, prompt: string): Text {
  const valueNamed = new Map(features.map(({ name, value }) => [name, value]));
  const likelihood = (mean: string, deviation: string): Likelihood | undefined => {
    const [m, d] = [valueNamed.get(mean), valueNamed.get(deviation)];
    return m === undefined || d === undefined ? undefined : { mean: m, deviation: d };
  };
  return {
    text,
    prompt,
    logProbabilities: [],
    finish: valueNamed.get('finished') === 1 ? 'end-of-text' : 'length',
    underPersona: likelihood('fluency', 'evenness'),
    underBase: likelihood('base fluency', 'base evenness'),
  };
}
