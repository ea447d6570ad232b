import { drawArm } from '../../learning/arms.ts';
import { readArms } from '../../learning/read-arms.ts';
import type { Persona } from '../../persona/persona.ts';
import type { Store } from '../../store/store.ts';

/** An opening of those that are live, by what came of each (Thompson); the latest rest, so that a queue does not repeat itself. */
export async function pickPrompt(
  store: Store,
  persona: Pick<Persona, 'name' | 'prompts' | 'quality'>,
  random: () => number,
): Promise<string> {
  const arms = await readArms(store, persona);
  return drawArm(
    arms.filter(({ state }) => state === 'live'),
    random,
  ).prompt;
}
