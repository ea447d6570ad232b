/** One batch of candidates: generated, tidied, measured and judged. Nothing is stored and nothing chosen yet. */

import { tidy } from '../generation/tidy.ts';
import { modelOf, type SpokenModel } from '../learning/model-of.ts';
import type { Persona } from '../persona/persona.ts';
import type { NewCandidate } from '../queue/candidate.ts';
import type { Round, RoundRequest } from '../queue/create-draft.ts';
import type { JudgeContext } from '../scoring/candidate.ts';
import { judge } from '../scoring/judge.ts';
import type { Store } from '../store/store.ts';
import type { ModelHost } from './host-calls.ts';
import { askedFor } from './host-calls.ts';
import { measureTexts } from './measure-texts.ts';
import { relevanceOf } from './relevance-of.ts';

export interface Writing {
  readonly store: Store;
  readonly persona: Persona;
  readonly host: ModelHost;
  readonly home: string;
  /** Who writes it, where that is not what the persona speaks with today. */
  readonly voice?: SpokenModel | undefined;
  readonly signal?: AbortSignal;
}

/** Not offered to anyone so far; its score is its prior. */
export interface Judged extends NewCandidate {
  readonly passed: boolean;
  readonly prior: number;
}

export interface Written {
  readonly round: Round;
  readonly judged: readonly Judged[];
}

export async function writeCandidates(
  { store, persona, host: anybodys, home, voice, signal }: Writing,
  request: RoundRequest,
  context: JudgeContext,
): Promise<Written> {
  const { allow, address = '', ...asked } = request;
  const maxCharacters = persona.length.max - [...address].length;
  const { name, folder } = voice ?? (await modelOf(home, store, persona));
  const host = askedFor(asked.context ? 'reply' : 'post', anybodys);
  const { model, generated } = await host.generate({ folder, ...asked, maxCharacters }, signal);
  const texts = generated.map(({ text, finish }) => tidy(text, allow, finish));
  const measuring = { host, persona, home, signal };
  const measured = await measureTexts(measuring, texts);
  const relevance = request.context && (await relevanceOf(measuring, texts, request.context, measured));
  const within = { ...context, length: { ...context.length, max: maxCharacters } };
  const judged = generated.map((row, index): Judged => {
    const [text, { hidden, ...likelihoods }] = [texts[index]!, measured[index]!];
    const { logProbabilities, finish } = row;
    const candidate = { text, prompt: request.prompt, logProbabilities, finish, ...likelihoods };
    const judgement = judge({ ...candidate, relevance: relevance?.[index] }, within);
    return {
      text: address + text,
      rawText: row.text,
      tokens: row.tokens,
      logProbability: logProbabilities.reduce((sum, value) => sum + value, 0),
      seed: row.seed,
      kept: false,
      ...judgement,
      prior: judgement.score,
      hidden,
    };
  });
  return { round: { model: name, modelHash: model.hash, request }, judged };
}
