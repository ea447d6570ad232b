/** The story of a draft, or of a silence, as lines for a terminal. */

import { styleText } from 'node:util';
import type { Replay } from '../daemon/composing/replay.ts';
import type { Answered } from '../listening/answered-by.ts';
import type { SeenOutcome } from '../listening/outcomes.ts';
import type { AttemptStory, DecisionStory, RoundStory, Story } from '../publishing/story.ts';
import type { Candidate } from '../queue/candidate.ts';
import { CO_WRITTEN, type Draft, hidesScores } from '../queue/draft.ts';
import { NO_MODEL } from '../queue/own-draft.ts';
import { moment } from '../review/moment.ts';
import { printable, wrapped } from '../review/printable.ts';
import { verdictInFull } from '../review/screen.ts';
import { statusSentence } from '../review/status-sentence.ts';
import { threadLines } from '../review/thread-lines.ts';
import { indented, type Look } from './draft-lines.ts';

/** What is told of a draft beside its own story. */
export interface Beside {
  readonly replays?: readonly Replay[];
  /** What it answers. */
  readonly answered?: Answered | undefined;
  /** What came of it. */
  readonly outcomes?: readonly SeenOutcome[];
}

/** In the order in which it happened. */
export function storyLines(
  { draft, rounds, decisions, attempts }: Story,
  look: Look,
  { replays = [], answered, outcomes = [] }: Beside = {},
): string[] {
  const zone = look.zoneOf(draft.persona);
  const events = [
    ...rounds.map((round) => ({
      at: round.createdAt,
      lines:
        round.model === NO_MODEL
          ? event(round.createdAt, provenanceOf(draft), look, zone)
          : roundLines(round, { chosenId: draft.candidateId, isBlind: hidesScores(draft) }, look, zone, replays),
    })),
    ...decisions.map((decision) => ({ at: decision.at, lines: decisionLines(decision, look, zone) })),
    ...(answered ? [{ at: answered.seenAt, lines: answeredLines(answered, look, zone) }] : []),
    ...outcomes.map((outcome) => ({ at: outcome.at, lines: outcomeLines(outcome, look, zone) })),
    ...attempts.map((attempt) => ({ at: attempt.startedAt, lines: attemptLines(attempt, look, zone) })),
  ].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return [
    styleText('bold', `Draft ${draft.id}, ${draft.kind} by ${draft.persona}`),
    ...wrapped(`It ${statusSentence(draft, look.now, zone)}.`, look.width),
    ...events.flatMap(({ lines }) => ['', ...lines]),
  ];
}

function provenanceOf({ provenance, origin }: Draft): string {
  const from = printable(origin ?? '', { oneLine: true });
  if (provenance !== 'own') return `From the archive: ${from}`;
  return from.startsWith(CO_WRITTEN) ? `Written by its owner with the model: ${from}` : 'Written by its owner';
}

interface Choice {
  readonly chosenId: number | null;
  readonly isBlind: boolean;
}

function roundLines(round: RoundStory, choice: Choice, look: Look, zone: string, replays: readonly Replay[]): string[] {
  const { prompt, sampling } = round.request;
  const start = round.request.context ? 'in answer' : 'from nothing';
  const from = prompt === '' ? start : `from “${printable(prompt, { oneLine: true })}”`;
  const model = `${round.model} ${round.modelHash.slice(0, 12) || '(not reached)'}`;
  const why = round.reason === null ? '' : `: ${printable(round.reason, { oneLine: true })}`;
  const written = round.candidates.filter(({ roundId }) => roundId === round.id).length;
  const told = `${written} candidates ${from}, ${outcomeOf(round)}${why}`;
  const settings = `model ${model} · temperature ${sampling.temperature} · top-p ${sampling.topP} · top-k ${sampling.topK}`;
  const again = replays.find(({ roundId }) => roundId === round.id);
  return [
    ...event(round.createdAt, told, look, zone),
    ...wrapped(settings, look.width - 2).map((line) => styleText('dim', `  ${line}`)),
    ...(again ? wrapped(replayed(again), look.width - 2).map((line) => `  ${line}`) : []),
    ...round.candidates.flatMap((candidate) => ['', ...candidateLines(candidate, { ...choice, round }, look, again)]),
  ];
}

function outcomeOf({ id, candidates, outcome }: RoundStory): string {
  if (outcome === 'failed') return 'failed';
  return `${candidates.filter(({ kept, offeredIn }) => kept && (offeredIn ?? id) === id).length} kept`;
}

/** A model that changed is said first: then different texts are no surprise. */
function replayed({ recordedHash, modelHash, hasOtherBits, candidates }: Replay): string {
  const same = candidates.filter(({ isSame }) => isSame).length;
  const result = same === candidates.length ? `all ${same} the same` : `${same} of ${candidates.length} the same`;
  const otherBits = hasOtherBits ? 'the model has been made again in fewer bits, and its weights are others now; ' : '';
  const isChanged = recordedHash !== modelHash;
  const changed = isChanged ? `the model has changed, it is ${modelHash.slice(0, 12)} now; ` : otherBits;
  return styleText(same === candidates.length ? 'green' : 'yellow', `Replayed: ${changed}${result}`);
}

function candidateLines(
  candidate: Candidate,
  { chosenId, isBlind, round }: Choice & { readonly round: RoundStory },
  look: Look,
  replay: Replay | undefined,
): string[] {
  const { id, kept, text, rawText, offeredIn, roundId } = candidate;
  const isLater = kept && offeredIn !== null && offeredIn !== round.id;
  const marks = [
    ...(id === chosenId ? [styleText('green', 'chosen')] : []),
    ...(id !== chosenId && kept && !isLater ? ['offered'] : []),
    ...(isLater ? [styleText('dim', 'left over, offered with a later draft')] : []),
    ...(roundId === round.id ? [] : ['left over from an earlier draft']),
    ...(kept ? [] : [styleText('dim', 'not offered')]),
    ...replayMark(replay, id),
  ];
  const again = replay?.candidates.find((one) => one.id === id);
  return [
    `  ${styleText('bold', `Candidate ${id}`)}  ${marks.join('  ')}`,
    ...indented(text || rawText, look.width - 2).map((line) => `  ${line}`),
    ...verdictInFull(candidate, { width: look.width - 4, isBlind }).map((line) => `    ${line}`),
    ...(again && !again.isSame ? indented(`now: ${again.text}`, look.width - 2).map((line) => `  ${line}`) : []),
  ];
}

function replayMark(replay: Replay | undefined, id: number): string[] {
  const again = replay?.candidates.find((one) => one.id === id);
  if (!again) return [];
  return [again.isSame ? styleText('green', 'same again') : styleText('yellow', 'different now')];
}

function decisionLines(
  { at, action, candidateId, text, reason, by }: DecisionStory,
  look: Look,
  zone: string,
): string[] {
  const who = by === 'program' ? ' by the program itself' : '';
  const which = candidateId === null ? '' : ` candidate ${candidateId}${who}`;
  const because = reason === null ? '' : `: ${printable(reason, { oneLine: true })}`;
  const told = { picked: 'picked', edited: 'edited', rejected: 'rejected', skipped: 'skipped', undone: 'taken back' };
  const what = action === 'more' ? 'more candidates asked for' : `${told[action]}${which}${because}`;
  return [
    ...event(at, `Decision: ${what}`, look, zone),
    ...(action === 'edited' ? indented(text ?? '', look.width) : []),
  ];
}

function attemptLines(
  { network, key, startedAt, finishedAt, outcome, url, error, removedAt }: AttemptStory,
  look: Look,
  zone: string,
) {
  const result = [outcome ?? 'no answer yet', url, error].filter((part) => part !== null).join(', ');
  const took = finishedAt === null ? '' : ` after ${Date.parse(finishedAt) - Date.parse(startedAt)} ms`;
  const gone = removedAt === null ? '' : `; taken back ${moment(removedAt, look.now, zone)}`;
  const told = `Sent to ${network} under key ${key}: ${printable(result, { oneLine: true })}${took}${gone}`;
  return event(startedAt, told, look, zone);
}

function answeredLines({ author, url, thread, seenAt }: Answered, look: Look, zone: string): string[] {
  const told = `${printable(author, { oneLine: true })} spoke to it: ${printable(url, { oneLine: true })}`;
  return [...event(seenAt, told, look, zone), ...threadLines(thread, look.width - 2).map((line) => `  ${line}`)];
}

function outcomeLines({ at, likes, boosts, replies, isGone }: SeenOutcome, look: Look, zone: string): string[] {
  const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`;
  const counts = [
    count(likes, 'like', 'likes'),
    count(boosts, 'boost', 'boosts'),
    count(replies, 'reply', 'replies'),
  ].join(', ');
  return event(at, isGone ? `It is no longer there; it had ${counts}` : `It has ${counts}`, look, zone);
}

/** For a persona that is silent: what stands in the way, and what its model wrote in vain. */
export function silenceLines(said: string, rounds: readonly RoundStory[], look: Look, zone: string): string[] {
  return [
    ...wrapped(said, look.width),
    ...rounds.flatMap((round) => ['', ...roundLines(round, { chosenId: null, isBlind: false }, look, zone, [])]),
  ];
}

function event(at: string, told: string, { now, width }: Look, zone: string): string[] {
  return wrapped(`${styleText('cyan', moment(at, now, zone))}  ${told}`, width);
}
