/** Fills the next slot of a persona's queue: generate, tidy, judge, keep the best. Every round is recorded, also one that brings nothing. */
import { WorldError } from '../errors.ts';
import { tidy } from '../generation/tidy.ts';
import { modelOf } from '../learning/model-of.ts';
import type { Persona } from '../persona/persona.ts';
import type { NewCandidate } from '../queue/candidate.ts';
import { addCandidates, createDraft, type Round, type RoundRequest, recordSilence } from '../queue/create-draft.ts';
import { getDraft } from '../queue/draft.ts';
import { judge } from '../scoring/judge.ts';
import type { Store } from '../store/store.ts';
import { freeSlot } from './free-slot.ts';
import { judgeContext } from './judge-context.ts';
import { measureTexts } from './measure-texts.ts';
import type { ModelHost } from './model-host.ts';
import { pickPrompt } from './pick-prompt.ts';
import { relevanceOf } from './relevance-of.ts';

export interface Composing {
  readonly store: Store;
  readonly persona: Persona;
  readonly host: ModelHost;
  /** The folder that holds models/. */
  readonly home: string;
  readonly now: () => Date;
  readonly random: () => number;
  readonly signal?: AbortSignal;
}

export type Composed =
  | { readonly kind: 'queued'; readonly draftId: number; readonly dueAt: Date; readonly candidates: number }
  | { readonly kind: 'none passed'; readonly reason: string };

/** One round. What it brings and what it cost are stored together or, when it is cancelled, not at all. */
export async function composeNext(composing: Composing): Promise<Composed> {
  const { store, persona, now, random } = composing;
  const prompt = await pickPrompt(store, persona, random);
  const request = requestFor(persona, prompt, random);
  const { round, candidates } = await recordingFailure(composing, request);
  const offered = candidates.filter(({ kept }) => kept).length;
  if (offered === 0) {
    const reason = whyNone(candidates);
    await recordSilence(store, {
      persona: persona.name,
      outcome: 'none passed',
      reason,
      round,
      candidates,
      now: now(),
    });
    return { kind: 'none passed', reason };
  }
  const dueAt = await freeSlot(composing);
  const draftId = await createDraft(store, { persona: persona.name, prompt, dueAt, round, candidates, now: now() });
  return { kind: 'queued', draftId, dueAt, candidates: offered };
}

/** Another round for a draft that its owner wants more of, from the same prompt. Returns how many candidates it brought. */
export async function moreCandidates(composing: Composing, draftId: number): Promise<number> {
  const { store, persona, now, random } = composing;
  const { prompt } = await getDraft(store, draftId);
  const { context, address, allow } = await newestRequest(store, draftId);
  const request = { ...requestFor(persona, prompt ?? '', random), ...(context && { context, address, allow }) };
  const { round, candidates } = await write(composing, request);
  await addCandidates(store, draftId, { round, candidates, now: now() });
  return candidates.filter(({ kept }) => kept).length;
}

/** What a reply answers does not change with what is written to it. */
async function newestRequest({ db }: Store, draftId: number): Promise<Partial<RoundRequest>> {
  const rounds = db.selectFrom('rounds').select('request').where('draft_id', '=', draftId).orderBy('id', 'desc');
  const newest = await rounds.limit(1).executeTakeFirst();
  return newest ? JSON.parse(newest.request) : {};
}

export function requestFor(
  { quality, sampling, length, allow }: Persona,
  prompt: string,
  random: () => number,
): RoundRequest {
  const seed = Math.floor(random() * 2 ** 31); // leaves room for one seed a candidate below 2 ** 32
  return { prompt, count: quality.candidates, seed, sampling, maxCharacters: length.max, allow };
}

export interface Written {
  readonly round: Round;
  readonly candidates: readonly NewCandidate[];
}

async function write({ store, persona, host, home, signal }: Composing, request: RoundRequest): Promise<Written> {
  const { allow, address = '', ...asked } = request;
  const maxCharacters = persona.length.max - [...address].length;
  const { name, folder } = await modelOf(home, store, persona);
  const { model, generated } = await host.generate({ folder, ...asked, maxCharacters }, signal);
  const context = {
    ...(await judgeContext(store, persona, request.context)),
    length: { ...persona.length, max: maxCharacters },
  };
  const texts = generated.map(({ text, finish }) => tidy(text, allow, finish));
  const measuring = { host, persona, home, signal };
  const measured = await measureTexts(measuring, texts);
  const relevance = request.context && (await relevanceOf(measuring, texts, request.context, measured));
  const judged = generated.map((row, index) => {
    const [text, { hidden, ...likelihoods }] = [texts[index]!, measured[index]!];
    const { logProbabilities, finish } = row;
    const candidate = { text, prompt: request.prompt, logProbabilities, finish, ...likelihoods };
    return { row, text, hidden, ...judge({ ...candidate, relevance: relevance?.[index] }, context) };
  });
  const best = judged
    .filter(({ passed }) => passed)
    .toSorted((a, b) => b.score - a.score)
    .filter(({ text }, index, all) => all.findIndex((other) => other.text === text) === index)
    .slice(0, persona.quality.keep);
  const candidates = judged.map((one): NewCandidate => {
    return {
      text: address + one.text,
      rawText: one.row.text,
      tokens: one.row.tokens,
      logProbability: one.row.logProbabilities.reduce((sum, value) => sum + value, 0),
      seed: one.row.seed,
      kept: best.includes(one),
      score: one.score,
      gates: one.gates,
      features: one.features,
      prior: one.score,
      hidden: one.hidden,
    };
  });
  return { round: { model: name, modelHash: model.hash, request }, candidates };
}

/** A round that could not be is a silence that `eidolon why` explains; one that was cancelled or came too early is none. */
export async function recordingFailure(composing: Composing, request: RoundRequest): Promise<Written> {
  try {
    return await write(composing, request);
  } catch (error) {
    const willBeRetried = error instanceof WorldError && error.retryable;
    if (composing.signal?.aborted || willBeRetried) throw error;
    await recordSilence(composing.store, {
      persona: composing.persona.name,
      outcome: 'failed',
      reason: error instanceof Error ? error.message : String(error),
      round: { model: composing.persona.model, modelHash: '', request },
      candidates: [],
      now: composing.now(),
    });
    throw error;
  }
}

/** How many candidates each gate stopped, most first; a candidate counts at every gate that it failed. */
export function whyNone(candidates: readonly NewCandidate[]): string {
  const failed = candidates.flatMap(({ gates }) => gates.filter(({ passed }) => !passed).map(({ name }) => name));
  const counts = [...Map.groupBy(failed, (name) => name)].map(([name, all]) => ({ name, count: all.length }));
  const gates = counts.toSorted((a, b) => b.count - a.count).map(({ name, count }) => `${name} ${count}`);
  return `none of ${candidates.length} candidates passed every gate (stopped by ${gates.join(', ')})`;
}
