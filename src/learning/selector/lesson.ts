/** One decision followed from the key to the changed ranking: what it taught, what moved, what stands elsewhere now. Pure. */
import type { Example } from './example.ts';
import type { Rescored } from './rescore-pending.ts';
import { probabilityOf, type Selector } from './selector.ts';
import { saidBy } from './word-evidence.ts';

export interface Lesson {
  readonly draftId: number;
  readonly decisions: number;
  /** Why nothing was learned from it yet; null where something was. */
  readonly ignorance: string | null;
  /** The texts of the decided draft: how each counts, and what was and is said of it. */
  readonly texts: readonly {
    readonly approved: boolean;
    readonly weight: number;
    readonly before: number;
    readonly after: number;
  }[];
  /** By how much a deviation of each feature counts more than before, in nats of log-odds, most moved first. */
  readonly moved: readonly { readonly name: string; readonly before: number; readonly after: number }[];
  /** What single words say now and did not before, most changed first, in nats of log-odds. */
  readonly words: readonly { readonly word: string; readonly before: number; readonly after: number }[];
  /** Candidates of other drafts that stand elsewhere now, or are scored otherwise by a hundredth. */
  readonly ranking: readonly Rescored[];
}

export interface Followed {
  readonly draftId: number;
  /** Of the decided draft alone. */
  readonly examples: readonly Example[];
  readonly before: Selector;
  readonly after: Selector;
  readonly rescored: readonly Rescored[];
}

const LEAST_MOVE = 0.005;
const MOST_WORDS = 10;

export function lessonOf({ draftId, examples, before, after, rescored }: Followed): Lesson {
  const weights = (selector: Selector) =>
    new Map(selector.columns.map(({ name, weight }) => [name, weight * selector.calibration.slope]));
  const [earlier, later] = [weights(before), weights(after)];
  const names = [...new Set([...earlier.keys(), ...later.keys()])];
  const moved = names
    .map((name) => ({ name, before: earlier.get(name) ?? 0, after: later.get(name) ?? 0 }))
    .filter((one) => Math.abs(one.after - one.before) > 1e-4)
    .toSorted((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before));
  return {
    draftId,
    decisions: after.decisions,
    ignorance: after.ignorance,
    texts: examples.map((example) => ({
      approved: example.approved,
      weight: example.weight,
      before: probabilityOf(before, example),
      after: probabilityOf(after, example),
    })),
    moved,
    words: changedWords(before, after),
    ranking: rescored.filter(
      ({ draftId: id, before, after }) =>
        id !== draftId && (before.position !== after.position || Math.abs(before.score - after.score) > LEAST_MOVE),
    ),
  };
}

function changedWords({ words: before }: Selector, { words: after }: Selector): Lesson['words'] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((word) => ({ word, before: saidBy(before, word), after: saidBy(after, word) }))
    .filter((one) => Math.abs(one.after - one.before) > LEAST_MOVE)
    .toSorted((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))
    .slice(0, MOST_WORDS);
}

/** The lesson in sentences, one a line. */
export function lessonLines({ draftId, decisions, ignorance, texts, moved, words, ranking }: Lesson): string[] {
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const told = texts.map(({ approved, weight, before, after }) => {
    const label = approved ? 'approved' : 'not approved';
    return `${label}, counts ${weight.toFixed(2)}: ${percent(before)} → ${percent(after)}`;
  });
  const weights = moved
    .slice(0, 3)
    .map(({ name, before, after }) => `${name} ${before.toFixed(3)} → ${after.toFixed(3)}`);
  const said = words
    .slice(0, 3)
    .map(({ word, before, after }) => `“${word}” ${before.toFixed(2)} → ${after.toFixed(2)}`);
  const drafts = [...Map.groupBy(ranking, (one) => one.draftId)];
  const changes = drafts.flatMap(([draft, candidates]) =>
    candidates
      .filter(({ before, after }) => before.position !== after.position)
      .map(
        ({ candidateId, before, after }) =>
          `draft ${draft}: candidate ${candidateId} from place ${before.position} to ${after.position}, ${percent(before.score)} → ${percent(after.score)}`,
      ),
  );
  return [
    ...(told.length === 0
      ? [`Draft ${draftId} teaches nothing now.`]
      : [`Draft ${draftId} teaches ${told.length} texts: ${told.join('; ')}.`]),
    ignorance === null
      ? `The selector stands on ${decisions} decisions. ${weights.length === 0 ? 'No weight moved.' : `Moved most: ${weights.join(', ')}.`}${said.length === 0 ? '' : ` Words: ${said.join(', ')}.`}`
      : `The selector does not know yet: ${ignorance}. The priors rank.`,
    changes.length === 0
      ? `${ranking.length} waiting candidates are scored otherwise; none changed its place.`
      : `Ranked anew: ${changes.slice(0, 4).join('; ')}${changes.length > 4 ? `; and ${changes.length - 4} more` : ''}.`,
  ];
}
