/** One generated text with what the gates and features said of it, as the queue keeps it. */
import type { Selectable } from 'kysely';
import { fromFloat16, toFloat16 } from '../model/half-precision.ts';
import type { SkillName } from '../persona/reply-skills.ts';
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
  /** What the hand-set weights make of it, 0 to 1; the score where nothing has been learned. */
  readonly prior?: number | undefined;
  readonly hidden?: HiddenState | undefined;
  /** Of a reply: how it was found. */
  readonly found?: FoundBy | undefined;
  /** Why it is offered. */
  readonly drawnBy?: 'score' | 'chance' | undefined;
  /** Where it stands among those offered with it, from 1; by score where it is left out. */
  readonly position?: number | null | undefined;
}

export interface FoundBy {
  readonly skill: SkillName;
  /** 0 to 1. */
  readonly confidence: number;
  /** For the owner: where it is from. */
  readonly because?: string | undefined;
}

/** The mean-pooled last hidden state, [n_embd], and the hash of the model that it is from. */
export interface HiddenState {
  readonly state: Float32Array;
  readonly model: string;
}

export type Feature = Judgement['features'][number];

export interface Candidate extends NewCandidate {
  readonly id: number;
  readonly roundId: number;
  /** The round in which it was offered: its own, or a later one where it was left over; null where it was not. */
  readonly offeredIn: number | null;
  /** 1, 2, … among those offered with it; null where it was not. */
  readonly position: number | null;
}

export function candidateOf(row: Selectable<CandidatesTable>): Candidate {
  return {
    id: row.id,
    roundId: row.round_id,
    offeredIn: row.offered_in,
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
    prior: row.prior,
    drawnBy: row.drawn_by ?? undefined,
    ...(row.confidence !== null && {
      found: { skill: row.skill, confidence: row.confidence, because: row.because ?? undefined },
    }),
  };
}

/** Half precision is enough to tell texts apart, at two bytes a number. */
export function packHidden(state: Float32Array): Uint8Array {
  return new Uint8Array(Uint16Array.from(state, toFloat16).buffer);
}

export function unpackHidden(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength / 2 }, (_, index) =>
    fromFloat16(view.getUint16(2 * index, true)),
  );
}
