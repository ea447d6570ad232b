/** One generated text with what the gates and features said of it, as the queue keeps it. */
import type { Selectable } from 'kysely';
import type { Judgement } from '../scoring/judge.ts';
import type { CandidatesTable } from '../store/tables.ts';

export interface NewCandidate {
  /** Tidied: what would be published. */
  readonly text: string;
  /** As the model wrote it. */
  readonly rawText: string;
  readonly tokens: number;
  /** The sum over the tokens, in nats. */
  readonly logProbability: number;
  readonly seed: number;
  /** Whether it is offered to the owner; the others are kept on record for `eidolon why`. */
  readonly kept: boolean;
  readonly score: number;
  readonly gates: Judgement['gates'];
  readonly features: Judgement['features'];
}

export interface Candidate extends NewCandidate {
  readonly id: number;
  readonly roundId: number;
  /** 1, 2, … among the kept candidates of its round, best first; null when it was not kept. */
  readonly position: number | null;
}

export function candidateOf(row: Selectable<CandidatesTable>): Candidate {
  return {
    id: row.id,
    roundId: row.round_id,
    position: row.position,
    text: row.text,
    rawText: row.raw_text,
    tokens: row.tokens,
    logProbability: row.log_probability,
    seed: row.seed,
    kept: row.kept === 1,
    score: row.score,
    gates: JSON.parse(row.gates),
    features: JSON.parse(row.features),
  };
}
