import path from 'node:path';
import type { Turn } from '../corpus/document.ts';
import { likelihoodOf } from '../scoring/likelihood.ts';
import type { MeasuredText, Measuring } from './measure-texts.ts';

/**
 * Of each reply, how much likelier a token of it is after what it answers than as a text of its own, which `alone` tells:
 * nats per token, under the persona's frozen model.
 */
export async function relevanceOf(
  { host, persona, home, signal }: Measuring,
  texts: readonly string[],
  context: readonly Turn[],
  alone: readonly Pick<MeasuredText, 'underPersona'>[],
): Promise<readonly number[]> {
  const folder = path.join(home, 'models', persona.model);
  const { scores } = await host.score({ folder, texts, context }, signal);
  return scores.map(({ logProbabilities }, index) => {
    return likelihoodOf(logProbabilities).mean - alone[index]!.underPersona.mean;
  });
}
