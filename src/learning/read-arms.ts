import type { Persona } from '../persona/persona.ts';
import type { Store } from '../store/store.ts';
import { type Arm, liveArms, restingCount } from './arms.ts';
import { readVerdicts } from './read-verdicts.ts';

export interface ArmState extends Arm {
  readonly state: 'live' | 'rests' | 'waits';
}

/** Every opening of a persona with what came of it: at most six are live, the latest rest, the others wait to be tried. */
export async function readArms(
  store: Store,
  { name, prompts }: Pick<Persona, 'name' | 'prompts'>,
): Promise<readonly ArmState[]> {
  const verdicts = Map.groupBy(await readVerdicts(store, name), ({ prompt }) => prompt);
  const latest = await store.db
    .selectFrom('drafts')
    .select('prompt')
    .where('persona', '=', name)
    .where('kind', '=', 'post')
    .where('provenance', '=', 'generated')
    .orderBy('id', 'desc')
    .limit(restingCount(prompts.length))
    .execute();
  const resting = new Set(latest.map(({ prompt }) => prompt));
  const arms = prompts.map((prompt): Arm => {
    const of = verdicts.get(prompt) ?? [];
    return { prompt, decided: of.length, approved: of.filter(({ approved }) => approved).length };
  });
  const live = new Set(liveArms(arms.filter(({ prompt }) => !resting.has(prompt))));
  return arms.map((arm) => ({ ...arm, state: live.has(arm) ? 'live' : resting.has(arm.prompt) ? 'rests' : 'waits' }));
}
