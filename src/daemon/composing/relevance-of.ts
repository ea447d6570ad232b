import path from 'node:path';
import type { Turn } from '../../corpus/document.ts';
import { likelihoodOf } from '../../scoring/likelihood.ts';
import type { Measuring } from './measure-texts.ts';

export interface Threads {
  /** What the replies answer. */
  readonly here: readonly Turn[];
  /** Other conversations, at least one. */
  readonly elsewhere: readonly (readonly Turn[])[];
}

/**
 * Of each reply, how much likelier a token of it is after what it answers than after what it does not answer: nats per token,
 * under the persona's frozen model. Not than after nothing: of all that may stand at the beginning of a text a reply is a small part, so that
 * beside nothing every one seems to fit, and the emptiest best.
 */
export async function relevanceOf(
  { host, persona, home, signal }: Measuring,
  texts: readonly string[],
  { here, elsewhere }: Threads,
): Promise<readonly number[]> {
  if (texts.length === 0) return [];
  const folder = path.join(home, 'models', persona.model);
  const meansAfter = async (context: readonly Turn[]) => {
    const { scores } = await host.score({ folder, texts, context }, signal);
    return scores.map(({ logProbabilities }) => likelihoodOf(logProbabilities).mean);
  };
  const means = await meansAfter(here);
  const others: (readonly number[])[] = [];
  for (const thread of elsewhere) others.push(await meansAfter(thread));
  return means.map((mean, index) => mean - others.reduce((sum, other) => sum + other[index]!, 0) / others.length);
}
