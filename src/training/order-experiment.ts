/** "Others' books first, then mine": the three ways to read two corpora in the same number of steps. */
import type { Persona } from '../persona/persona.ts';

export type Stages = Persona['train']['stages'];

export interface Arm {
  readonly name: 'order' | 'mixture' | 'mine alone';
  readonly stages: Stages;
}

export interface Reading {
  readonly mine: string;
  readonly other: string;
  /** Steps with each: together what every arm has. */
  readonly steps: { readonly mine: number; readonly other: number };
}

/** Every arm ends with, is judged by and is measured by the persona's own corpus, so a stage may end before its steps are done. */
export function orderArms({ mine, other, steps }: Reading): readonly Arm[] {
  const all = steps.mine + steps.other;
  return [
    {
      name: 'order',
      stages: [
        { corpora: { [other]: 1 }, steps: steps.other },
        { corpora: { [mine]: 1 }, steps: steps.mine },
      ],
    },
    { name: 'mixture', stages: [{ corpora: { [mine]: steps.mine, [other]: steps.other }, steps: all }] },
    { name: 'mine alone', stages: [{ corpora: { [mine]: 1 }, steps: all }] },
  ];
}
