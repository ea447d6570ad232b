/** Fills the next slot of a persona's queue: what is left over or written anew, judged, scored by what was learned, the best offered. Every round is recorded, also one that brings nothing. */
import { WorldError } from '../../errors.ts';
import type { ModelHost } from '../../host/host-calls.ts';
import { voiceForDraft, voiceOfDraft } from '../../learning/adapter/voice.ts';
import { AUDITED, type Autonomy, earnedAutonomy } from '../../learning/autonomy.ts';
import { chooseOffer, drawBlind } from '../../learning/choose-offer.ts';
import { readTrials } from '../../learning/read-trials.ts';
import type { Measured } from '../../learning/selector/example.ts';
import { type FreshlyLearned, learnedNow } from '../../learning/selector/learn-selector.ts';
import { featureValues } from '../../learning/selector/read-examples.ts';
import { scoreCandidate } from '../../learning/selector/score-candidate.ts';
import type { Selector } from '../../learning/selector/selector.ts';
import type { Persona } from '../../persona/persona.ts';
import type { NewCandidate } from '../../queue/candidate.ts';
import {
  addCandidates,
  createDraft,
  type OfferedLeftover,
  type Round,
  type RoundRequest,
  recordSilence,
} from '../../queue/create-draft.ts';
import { getDraft } from '../../queue/draft.ts';
import { approve } from '../../review/decide.ts';
import { type Store, transaction } from '../../store/store.ts';
import type { Blind } from '../../store/tables.ts';
import { freeSlot } from '../schedule/free-slot.ts';
import { judgeContext } from './judge-context.ts';
import { type Leftover, readLeftovers } from './leftovers.ts';
import { measureEdits } from './measure-edits.ts';
import { pickPrompt } from './pick-prompt.ts';
import { type Judged, type Writing, type Written, writeCandidates } from './write-candidates.ts';

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
  | {
      readonly kind: 'queued' | 'approved';
      readonly draftId: number;
      readonly dueAt: Date;
      readonly candidates: number;
      /** What the owner should know of the selector and the adapters. */
      readonly notes: readonly string[];
    }
  | { readonly kind: 'none passed'; readonly reason: string };

/** One round. What it brings and what it cost are stored together or, when it is cancelled, not at all. */
export async function composeNext(composing: Composing): Promise<Composed> {
  const { store, persona, home, now, random } = composing;
  const prompt = await pickPrompt(store, persona, random);
  const request = requestFor(persona, prompt, random);
  const { learned, written, leftovers, blind, settled } = await recordingFailure(composing, request, async () => {
    const { voice, settled } = await voiceForDraft({ home, store, persona, now: now(), random });
    const context = await judgeContext(composing);
    await measureEdits(composing, context, now());
    const learned = await learnedNow({ store, home, persona: persona.name, now: now() });
    const wantsAutonomy = persona.review !== 'always';
    const blind = drawBlind({ share: persona.quality.blind, wantsAutonomy, random });
    // What a blind draft shows is what the model writes now, not what was passed over before.
    const since = new Date(now().getTime() - persona.queue.expireAfterMs);
    const left = blind === null ? await readLeftovers(store, { persona: persona.name, prompt, since }, context) : [];
    const leftovers = left.map((leftover) => scored(learned.selector, leftover));
    const good = await areEnough(store, persona, leftovers, learned.selector);
    const written = good
      ? fromLeftovers(persona, good, request)
      : await writeCandidates({ ...composing, voice }, request, context);
    return { learned, written, leftovers: good ?? leftovers, blind, settled };
  });
  const pool = [
    ...written.judged.filter(({ passed }) => passed).map((one) => scored(learned.selector, one)),
    ...leftovers,
  ];
  const verdict = await autonomousVerdict(composing, { learned, pool, blind, modelHash: written.round.modelHash });
  const offer = offerOf(composing, { judged: written.judged, pool, blind: verdict.blind, selector: learned.selector });
  const offered = offer.candidates.filter(({ kept }) => kept).length + offer.leftovers.length;
  if (offered === 0) {
    const reason = whyNone(offer.candidates);
    await recordSilence(store, {
      persona: persona.name,
      outcome: 'none passed',
      reason,
      round: written.round,
      candidates: offer.candidates,
      now: now(),
    });
    return { kind: 'none passed', reason };
  }
  const dueAt = await freeSlot(composing);
  const draft = {
    persona: persona.name,
    prompt,
    dueAt,
    round: written.round,
    ...offer,
    blind: verdict.blind,
    now: now(),
  };
  const draftId = await transaction(store, async (inside) => {
    const id = await createDraft(inside, draft);
    if (verdict.approves) {
      const { undoMs, length } = persona;
      await approve(inside, { draftId: id, by: 'program', now: now(), undoMs, maxCharacters: length.max });
    }
    return id;
  });
  const kind = verdict.approves ? 'approved' : 'queued';
  return { kind, draftId, dueAt, candidates: offered, notes: [...settled, ...learned.notes] };
}

/** Another round for a draft that its owner wants more of, from the same prompt. Returns how many candidates it brought. */
export async function moreCandidates(composing: Composing, draftId: number): Promise<number> {
  const { store, persona, home, now, random } = composing;
  const { prompt, blind } = await getDraft(store, draftId);
  const { context, address, allow } = await newestRequest(store, draftId);
  const request = { ...requestFor(persona, prompt ?? '', random), ...(context && { context, address, allow }) };
  const { selector } = await learnedNow({ store, home, persona: persona.name, now: now() });
  const voice = await voiceOfDraft({ home, store, persona }, draftId);
  // What other skills find was offered with the first ones.
  const { round, candidates } = await writeOffer(composing, request, { selector, blind, voice, skills: ['generate'] });
  await addCandidates(store, draftId, { round, candidates, now: now() });
  return candidates.filter(({ kept }) => kept).length;
}

export interface WrittenOffer {
  readonly round: Round;
  readonly candidates: readonly NewCandidate[];
  readonly blind: Blind | null;
  readonly notes: readonly string[];
}

/** For a reply: written to what it answers, from nothing that was left over, and never approved by the program. */
export async function writeAnswer(composing: Composing, request: RoundRequest): Promise<WrittenOffer> {
  const { store, persona, home, now, random } = composing;
  return recordingFailure(composing, request, async () => {
    const { selector, notes } = await learnedNow({ store, home, persona: persona.name, now: now() });
    const blind = drawBlind({ share: persona.quality.blind, wantsAutonomy: false, random });
    return { ...(await writeOffer(composing, request, { selector, blind })), blind, notes };
  });
}

async function writeOffer(
  composing: Composing,
  request: RoundRequest,
  { selector, blind, voice, skills }: Pick<Choosing, 'selector' | 'blind'> & Pick<Writing, 'voice' | 'skills'>,
): Promise<Pick<WrittenOffer, 'round' | 'candidates'>> {
  const context = await judgeContext(composing, request.context);
  const { round, judged } = await writeCandidates({ ...composing, voice, skills }, request, context);
  const pool = judged.filter(({ passed }) => passed).map((one) => scored(selector, one));
  return { round, candidates: offerOf(composing, { judged, pool, blind, selector }).candidates };
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

export type Pooled = (Judged | Leftover) & { readonly prior: number };

/** With the score and the parts that the selector gives it. */
export function scored<One extends Pooled>(selector: Selector, one: One): One {
  return { ...one, ...scoreCandidate(selector, measuredText(one), one.features) };
}

function measuredText({ text, features, prior, hidden }: Pooled): Measured {
  return {
    text,
    features: featureValues(features),
    prior,
    ...(hidden && { hidden: hidden.state, model: hidden.model }),
  };
}

/** Drafts whose offers say what a good score is. */
const LATEST = 20;

/**
 * The leftovers that would be among the better half of what was offered lately, where they fill a draft; else nothing: new
 * ones are written. While the selector knows nothing, new ones always are.
 */
async function areEnough(
  { db }: Store,
  { name, quality }: Persona,
  leftovers: readonly Leftover[],
  selector: Selector,
): Promise<readonly Leftover[] | undefined> {
  if (selector.ignorance !== null || leftovers.length < quality.keep) return undefined;
  const latest = db
    .selectFrom('drafts')
    .select('id')
    .where('persona', '=', name)
    .where('chat', 'is', null)
    .orderBy('id', 'desc')
    .limit(LATEST);
  const offered = await db
    .selectFrom('candidates')
    .select('score')
    .where('draft_id', 'in', latest)
    .where('drawn_by', '=', 'score')
    .orderBy('score')
    .execute();
  const median = offered[Math.floor(offered.length / 2)]?.score;
  if (median === undefined) return undefined;
  const good = leftovers.filter(({ score }) => score >= median);
  return good.length >= quality.keep ? good : undefined;
}

/** A round in which nothing was written: what it offers was written before. */
function fromLeftovers(persona: Persona, [newest]: readonly Leftover[], request: RoundRequest): Written {
  return {
    round: { model: persona.model, modelHash: newest?.modelHash ?? '', request: { ...request, count: 0 } },
    judged: [],
  };
}

interface Choosing {
  readonly judged: readonly Judged[];
  readonly pool: readonly Pooled[];
  readonly blind: Blind | null;
  readonly selector: Selector;
}

interface Offer {
  /** Every one that was written, those that are shown marked. */
  readonly candidates: readonly NewCandidate[];
  readonly leftovers: readonly OfferedLeftover[];
}

function offerOf({ persona, random }: Composing, { judged, pool, blind, selector }: Choosing): Offer {
  const { keep, byChance } = persona.quality;
  const chosen = chooseOffer({ candidates: pool, keep, byChance, blind, random });
  const placed = chosen.map(({ candidate, drawnBy }, index) => ({
    ...candidate,
    drawnBy,
    position: index + 1,
    kept: true,
  }));
  const bySeed = new Map(placed.flatMap((one) => ('id' in one ? [] : [[one.seed, one]])));
  return {
    candidates: judged.map((one) => bySeed.get(one.seed) ?? scored(selector, one)),
    leftovers: placed.flatMap((one) => ('id' in one ? [one] : [])),
  };
}

interface Judging {
  readonly learned: FreshlyLearned;
  readonly pool: readonly Pooled[];
  readonly blind: Blind | null;
  /** Of the model that writes now. */
  readonly modelHash: string;
}

/** Whether the program approves its best by itself. A fifth of what it could is asked about all the same, blind. */
async function autonomousVerdict(
  { store, persona, random }: Composing,
  { learned, pool, blind, modelHash }: Judging,
): Promise<{ readonly approves: boolean; readonly blind: Blind | null }> {
  const asked = { approves: false, blind };
  if (persona.review === 'always' || blind !== null || learned.selector.ignorance !== null) return asked;
  const [best] = pool.toSorted((a, b) => b.score - a.score);
  if (best === undefined || 'id' in best) return asked; // a leftover may be of another model
  const trials = await readTrials(store, persona.name, modelHash, learned.blind);
  const { threshold }: Autonomy = earnedAutonomy(trials, persona.review.falseAccepts);
  if (threshold === null || best.score < threshold) return asked;
  return random() < AUDITED ? { approves: false, blind: 'audit' } : { approves: true, blind: null };
}

/** A round that could not be is a silence that `eidolon why` explains; one that was cancelled or came too early is none. */
async function recordingFailure<Result>(
  composing: Composing,
  request: RoundRequest,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const willBeRetried = error instanceof WorldError && error.retryable;
    if (composing.signal?.aborted || willBeRetried) throw error;
    await recordSilence(composing.store, {
      persona: composing.persona.name,
      outcome: 'failed',
      reason: error instanceof Error ? error.message : String(error),
      round: { model: composing.persona.model, modelHash: '', request } satisfies Round,
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
