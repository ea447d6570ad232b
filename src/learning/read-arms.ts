import { measuredPosts, worthOf } from '../listening/outcomes.ts';
import type { Persona } from '../persona/persona.ts';
import type { Store } from '../store/store.ts';
import { type Arm, liveArms, restingCount } from './arms.ts';
import { readVerdicts } from './read-verdicts.ts';
import { readersOf } from './readers.ts';

export interface ArmState extends Arm {
  readonly state: 'live' | 'rests' | 'waits';
}

const DAY = 86_400_000;
/** An account grows: a post is ranked among those of its time. */
const LATEST_TAKEN = 100;

/** Every opening of a persona with what came of it: at most six are live, the latest rest, the others wait to be tried. */
export async function readArms(
  store: Store,
  { name, prompts, quality }: Pick<Persona, 'name' | 'prompts' | 'quality'>,
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
  const readers = readersOf(await takenPosts(store, name), quality.readers);
  const arms = prompts.map((prompt): Arm => {
    const of = verdicts.get(prompt) ?? [];
    const said = readers.get(prompt);
    return {
      prompt,
      decided: of.length,
      approved: of.filter(({ approved }) => approved).length,
      ...(said && { readers: said }),
    };
  });
  const live = new Set(liveArms(arms.filter(({ prompt }) => !resting.has(prompt))));
  return arms.map((arm) => ({ ...arm, state: live.has(arm) ? 'live' : resting.has(arm.prompt) ? 'rests' : 'waits' }));
}

/** After a day most of what comes of a post has come, so that newer ones are not thought worse of. */
async function takenPosts(store: Store, name: string) {
  return (await measuredPosts(store, name))
    .filter(({ isGenerated, isGone }) => isGenerated && !isGone)
    .filter(({ at, publishedAt }) => Date.parse(at) - Date.parse(publishedAt) >= DAY)
    .slice(-LATEST_TAKEN)
    .map((post) => ({ prompt: post.prompt, worth: worthOf(post) }));
}
