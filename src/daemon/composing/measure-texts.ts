/** Asks the persona's frozen model, and the one it was trained from, what they make of texts as they would be posted. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ModelHost } from '../../host/host-calls.ts';
import type { Persona } from '../../persona/persona.ts';
import type { HiddenState } from '../../queue/candidate.ts';
import type { Likelihood } from '../../scoring/candidate.ts';
import { likelihoodOf } from '../../scoring/likelihood.ts';
import { parentIn } from '../../training/plan-training.ts';

export interface MeasuredText {
  readonly underPersona: Likelihood;
  readonly tokens: number;
  /** Absent where the model that the persona's was trained from is not there. */
  readonly underBase?: Likelihood | undefined;
  readonly hidden: HiddenState;
}

export interface Measuring {
  readonly host: ModelHost;
  readonly persona: Persona;
  /** The folder that holds models/. */
  readonly home: string;
  readonly signal?: AbortSignal | undefined;
}

/** One for each text, in their order. The frozen model, not an adapter: what it says of a text stays the same. */
export async function measureTexts(
  { host, persona, home, signal }: Measuring,
  texts: readonly string[],
): Promise<MeasuredText[]> {
  if (texts.length === 0) return [];
  const folder = path.join(home, 'models', persona.model);
  const { model, scores } = await host.score({ folder, texts }, signal);
  const base = baseOf(folder);
  const underBase = base === undefined ? [] : (await host.score({ folder: base, texts }, signal)).scores;
  return scores.map(({ logProbabilities, hidden }, index) => ({
    underPersona: likelihoodOf(logProbabilities),
    tokens: logProbabilities.length,
    underBase: underBase[index] && likelihoodOf(underBase[index].logProbabilities),
    hidden: { state: hidden, model: model.hash },
  }));
}

function baseOf(folder: string): string | undefined {
  const parent = parentIn(folder);
  const base = parent === undefined ? undefined : path.join(path.dirname(folder), path.basename(parent));
  return base !== undefined && base !== folder && existsSync(path.join(base, 'config.json')) ? base : undefined;
}
