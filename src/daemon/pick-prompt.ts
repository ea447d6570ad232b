import type { Persona } from '../persona/persona.ts';
import type { Store } from '../store/store.ts';

/** Draws an opening from those that were not used for longest: half of them rest, so that a queue does not repeat itself. */
export async function pickPrompt(
  { db }: Store,
  { name, prompts }: Pick<Persona, 'name' | 'prompts'>,
  random: () => number,
): Promise<string> {
  const resting = await db
    .selectFrom('drafts')
    .select('prompt')
    .where('persona', '=', name)
    .orderBy('id', 'desc')
    .limit(Math.floor(prompts.length / 2))
    .execute();
  const used = new Set(resting.map(({ prompt }) => prompt));
  const rested = prompts.filter((prompt) => !used.has(prompt));
  return rested[Math.floor(random() * rested.length)]!; // never empty: at most half of them rest
}
