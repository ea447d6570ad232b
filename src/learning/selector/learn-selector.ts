/** Keeps what was learned up to date with the store: read from disk where nothing was decided since, learned anew where something was. */
import type { Store } from '../../store/store.ts';
import { evaluate, trainCalibrated } from './evaluate-selector.ts';
import type { Example } from './example.ts';
import { type Learned, readLearned, writeLearned } from './learned-file.ts';
import { type Decided, newestOf, readExamples } from './read-examples.ts';
import { type Selector, trainSelector } from './selector.ts';

export interface Learning {
  readonly store: Store;
  readonly home: string;
  readonly persona: string;
  readonly now: Date;
}

export interface FreshlyLearned extends Learned {
  /** What the owner should know of it: decisions that could not be used, a file that could not be read. */
  readonly notes: readonly string[];
}

/** Everything anew: cross-validated, calibrated, measured, and written down. */
export async function learnSelector({ store, home, persona, now }: Learning): Promise<FreshlyLearned> {
  const { refused } = readLearned(home, persona);
  const decided = await readExamples(store, persona);
  const { selector, validation } = trainCalibrated(decided.examples);
  const learned: Learned = {
    selector,
    evaluation: validation && evaluate(validation.heldOut),
    blind: validation?.heldOut.filter(({ blind }) => blind) ?? [],
    throughDecision: decided.throughDecision,
    edits: decided.edits,
    at: now.toISOString(),
  };
  writeLearned(home, persona, learned);
  return { ...learned, notes: notesOf(decided, refused) };
}

/** What is on disk where nothing was decided since, else everything anew. */
export async function learnedNow(learning: Learning): Promise<FreshlyLearned> {
  const { learned } = readLearned(learning.home, learning.persona);
  const mark = await newestOf(learning.store, learning.persona);
  const isNow = learned?.throughDecision === mark.throughDecision && learned.edits === mark.edits;
  return isNow ? { ...learned, notes: [] } : learnSelector(learning);
}

function notesOf({ orphans, contradictions }: Decided, refused: string | undefined): string[] {
  return [
    ...(refused === undefined ? [] : [`${refused}: learned anew from the decisions`]),
    ...(orphans === 0 ? [] : [`${orphans} decisions are passed over: their draft or candidate is gone`]),
    ...(contradictions === 0
      ? []
      : [`${contradictions} texts were approved once and rejected another time: both count`]),
  ];
}

/** Holds what was decided in memory, so that the next decision is learned within a tenth of a second. */
export interface Teacher {
  readonly selector: Selector;
  /** Reads again what was decided on this draft, and learns; what is on disk stays: the next draft validates anew. Returns what the draft teaches. */
  learnOf(draftId: number): Promise<readonly Example[]>;
}

export interface Teaching extends Omit<Learning, 'now'> {
  /** A draft that was decided just now, which the first lesson is about. */
  readonly without?: number;
}

export async function openTeacher({ store, home, persona, without }: Teaching): Promise<Teacher> {
  const { examples } = await readExamples(store, persona);
  const byDraft = new Map<number, readonly Example[]>(Map.groupBy(examples, ({ draft }) => draft));
  if (without !== undefined) byDraft.delete(without);
  const all = () => [...byDraft.values()].flat();
  let selector = trainSelector(all(), { previous: readLearned(home, persona).learned?.selector });
  return {
    get selector() {
      return selector;
    },
    async learnOf(draftId) {
      const { examples: anew } = await readExamples(store, persona, draftId);
      if (anew.length > 0) byDraft.set(draftId, anew);
      else byDraft.delete(draftId);
      // While nothing is known there may be no directions to look into yet.
      selector = trainSelector(all(), { previous: selector, mayRenewBasis: selector.ignorance !== null });
      return anew;
    },
  };
}
