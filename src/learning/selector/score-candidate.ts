/** A candidate's score, with all that makes it: by the selector once that knows anything, by the priors until then. */
import type { Feature } from '../../queue/candidate.ts';
import { priorPart } from '../../scoring/features.ts';
import { HIDDEN, WORDS } from './columns.ts';
import type { Measured } from './example.ts';
import { EXPLANATIONS } from './read-examples.ts';
import { constantOf, partsOf, probabilityOf, type Selector } from './selector.ts';
import { evidenceOf } from './word-evidence.ts';

export interface Scored {
  /** 0 to 1: the probability that the owner approves it, where the selector knows; else the prior. */
  readonly score: number;
  /** The parts sum to the score's log-odds. */
  readonly features: readonly Feature[];
}

/** @param features as `judge` measured them; their parts are made anew. */
export function scoreCandidate(selector: Selector | null, measured: Measured, features: readonly Feature[]): Scored {
  const own = features.filter(({ name }) => !EXPLANATIONS.includes(name));
  if (selector === null || selector.ignorance !== null) {
    const features = own.map(({ name, value }) => ({ name, value, part: priorPart(name, value) }));
    return { score: measured.prior, features };
  }
  const parts = new Map(partsOf(selector, measured).map(({ name, part }) => [name, part]));
  const partOf = (name: string) => parts.get(name) ?? 0;
  const said = evidenceOf(selector.words, measured);
  return {
    score: probabilityOf(selector, measured),
    features: [
      ...own.map(({ name, value }) => ({ name, value, part: partOf(name) })),
      { name: HIDDEN, value: partOf(HIDDEN), part: partOf(HIDDEN) },
      { name: WORDS, value: Number.isFinite(said) ? said : 0, part: partOf(WORDS) },
      { name: 'prior', value: measured.prior, part: partOf('prior') },
      { name: 'average', value: selector.examples, part: constantOf(selector) },
    ],
  };
}
