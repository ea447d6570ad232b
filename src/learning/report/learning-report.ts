/** How a persona's learning stands: every rate with its count and interval, blind decisions apart. Reads only. */
import { wordsOf } from '../../corpus/words.ts';
import type { Persona } from '../../persona/persona.ts';
import { distinct } from '../../scoring/repetition.ts';
import type { Store } from '../../store/store.ts';
import { listAdapters, movesOf } from '../adapter/adapters.ts';
import { type Autonomy, earnedAutonomy } from '../autonomy.ts';
import { type Rate, wilson } from '../intervals.ts';
import { type ArmState, readArms } from '../read-arms.ts';
import { readTrials } from '../read-trials.ts';
import { readOwnApprovals, readVerdicts, type Verdict } from '../read-verdicts.ts';
import { HIDDEN, WORDS } from '../selector/columns.ts';
import type { Evaluation } from '../selector/evaluate-selector.ts';
import { learnedNow } from '../selector/learn-selector.ts';
import { type LoudestWords, loudest } from '../selector/word-evidence.ts';
import { type Change, type Correction, correctionOf, repeatedChanges } from './corrections.ts';

export interface LearningReport {
  readonly persona: string;
  readonly at: string;
  readonly acceptance: {
    readonly all: Rate;
    /** Only these compare: where scores were shown, the owner's choice echoes them. */
    readonly blind: Rate;
    readonly scoresShown: Rate;
    /** In order, so many decisions each. */
    readonly overTime: readonly AcceptanceStep[];
  };
  readonly selector: {
    readonly decisions: number;
    readonly texts: number;
    /** Why it does not know yet; null once it does. */
    readonly ignorance: string | null;
    readonly evaluation: Evaluation | null;
    /** What a deviation of each feature adds, in nats of log-odds; largest first. All of the hidden state is one. */
    readonly features: readonly { readonly name: string; readonly weight: number }[];
    /** The words that say most for an approval and most against it, in nats of log-odds; a text says the mean of its words. */
    readonly words: LoudestWords;
    readonly notes: readonly string[];
  };
  /** What the program approves by itself; null where review is `always`. */
  readonly autonomy:
    | (Autonomy & { readonly approved: number; readonly share: Rate; readonly takenBack: number })
    | null;
  readonly adapters: readonly {
    readonly id: number;
    readonly status: string;
    readonly parent: string;
    readonly createdAt: string;
    readonly manifest: unknown;
    readonly moves: readonly unknown[];
  }[];
  /** Of all candidates, those stopped as copies; and how much of the approved texts lies in passages of 30 characters or more. */
  readonly copied: { readonly stopped: Rate; readonly shareOfApproved: number | null };
  /** Of the approved texts: share of different words and pairs of words, cut to so many words. */
  readonly distinct: { readonly words: number; readonly one: number; readonly two: number } | null;
  readonly rejects: {
    readonly count: number;
    readonly reasons: readonly { readonly reason: string; readonly count: number }[];
  };
  readonly corrections: {
    readonly count: number;
    readonly repeated: readonly Change[];
    readonly latest: readonly Correction[];
  };
  readonly arms: readonly ArmState[];
  /** Of posts whose outcome was measured, the mean of each count at the last look. */
  readonly outcomes: {
    readonly posts: number;
    readonly likes: number;
    readonly boosts: number;
    readonly replies: number;
  } | null;
}

export interface AcceptanceStep {
  readonly from: string;
  readonly to: string;
  readonly blind: Rate;
  readonly scoresShown: Rate;
}

const MOST_STEPS = 12;
const LEAST_IN_STEP = 20;
const LATEST = 10;
const WORDS_TOLD = 8;

export async function learningReport({
  store,
  home,
  persona,
  now,
}: {
  readonly store: Store;
  readonly home: string;
  readonly persona: Persona;
  readonly now: Date;
}): Promise<LearningReport> {
  const { name } = persona;
  const verdicts = await readVerdicts(store, name);
  const learned = await learnedNow({ store, home, persona: name, now });
  const { selector } = learned;
  const weights = new Map<string, number>();
  for (const { name: column, weight } of selector.columns) {
    const feature = column.startsWith(`${HIDDEN} `) ? HIDDEN : column;
    const added = weight * selector.calibration.slope;
    // Directions stand at right angles, so their weights add up as lengths do.
    weights.set(feature, feature === HIDDEN ? Math.hypot(weights.get(feature) ?? 0, added) : added);
  }
  return {
    persona: name,
    at: now.toISOString(),
    acceptance: { ...acceptanceOf(verdicts), overTime: stepsOf(verdicts) },
    selector: {
      decisions: selector.decisions,
      texts: selector.examples,
      ignorance: selector.ignorance,
      evaluation: learned.evaluation,
      features: [...weights]
        .map(([feature, weight]) => ({ name: feature, weight }))
        .toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight)),
      words: loudest((weights.get(WORDS) ?? 0) > 0 ? selector.words : {}, WORDS_TOLD),
      notes: learned.notes,
    },
    autonomy: await autonomyOf(store, persona, verdicts, learned.blind),
    adapters: await Promise.all(
      (await listAdapters(store, name)).map(async ({ id, status, parent, createdAt, manifest }) => {
        return { id, status, parent, createdAt, manifest, moves: await movesOf(store, id) };
      }),
    ),
    copied: await copiedOf(store, name, verdicts),
    distinct: distinctOf(verdicts),
    rejects: rejectsOf(verdicts),
    corrections: await correctionsOf(store, verdicts),
    arms: await readArms(store, persona),
    outcomes: await outcomesOf(store, name),
  };
}

const isApproved = ({ approved }: Verdict) => approved;

function rateOf(verdicts: readonly Verdict[]): Rate {
  return wilson(verdicts.filter(isApproved).length, verdicts.length);
}

function acceptanceOf(verdicts: readonly Verdict[]) {
  return {
    all: rateOf(verdicts),
    blind: rateOf(verdicts.filter(({ blind }) => blind !== null)),
    scoresShown: rateOf(verdicts.filter(({ blind }) => blind === null)),
  };
}

function stepsOf(verdicts: readonly Verdict[]): AcceptanceStep[] {
  const count = Math.min(MOST_STEPS, Math.max(1, Math.floor(verdicts.length / LEAST_IN_STEP)));
  if (verdicts.length === 0) return [];
  return Array.from({ length: count }, (_, step) => {
    const some = verdicts.slice(
      Math.floor((step * verdicts.length) / count),
      Math.floor(((step + 1) * verdicts.length) / count),
    );
    const { blind, scoresShown } = acceptanceOf(some);
    return { from: some[0]!.at, to: some.at(-1)!.at, blind, scoresShown };
  });
}

async function autonomyOf(
  store: Store,
  persona: Persona,
  verdicts: readonly Verdict[],
  heldOut: Parameters<typeof readTrials>[3],
): Promise<LearningReport['autonomy']> {
  if (persona.review === 'always') return null;
  const newest = await store.db
    .selectFrom('rounds')
    .select('model_hash')
    .where('persona', '=', persona.name)
    .where('outcome', '=', 'kept')
    .where('draft_id', 'in', ({ selectFrom }) => selectFrom('drafts').select('drafts.id').where('chat', 'is', null))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const trials = await readTrials(store, persona.name, newest?.model_hash ?? '', heldOut);
  const own = await readOwnApprovals(store, persona.name);
  const { count } = await store.db
    .selectFrom('decisions')
    .innerJoin('drafts', 'drafts.id', 'decisions.draft_id')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('drafts.persona', '=', persona.name)
    .where('decisions.by', '=', 'program')
    .executeTakeFirstOrThrow();
  return {
    ...earnedAutonomy(trials, persona.review.falseAccepts),
    approved: own.length,
    share: wilson(own.length, own.length + verdicts.length),
    takenBack: Number(count) - own.length,
  };
}

async function copiedOf(
  { db }: Store,
  persona: string,
  verdicts: readonly Verdict[],
): Promise<LearningReport['copied']> {
  const rows = await db
    .selectFrom('candidates')
    .innerJoin('rounds', 'rounds.id', 'candidates.round_id')
    .select(['candidates.id', 'candidates.gates', 'candidates.features'])
    .where('rounds.persona', '=', persona)
    .execute();
  const stopped = rows.filter(({ gates }) => /"name":"(copied|near duplicate)","passed":false/.test(gates)).length;
  const approved = new Set(verdicts.filter(isApproved).map(({ candidate }) => candidate));
  const shares = rows
    .filter(({ id }) => approved.has(id))
    .flatMap(({ features }) => {
      const all: readonly { name: string; value: number }[] = JSON.parse(features);
      return all.filter(({ name }) => name === 'copied').map(({ value }) => value);
    });
  const mean = shares.length === 0 ? null : shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return { stopped: wilson(stopped, rows.length), shareOfApproved: mean };
}

/** More words have fewer different ones among them: figures of other counts do not compare. */
const DISTINCT_WORDS = 2000;

function distinctOf(verdicts: readonly Verdict[]): LearningReport['distinct'] {
  const words = verdicts
    .filter(isApproved)
    .flatMap(({ text }) => wordsOf(text ?? ''))
    .slice(-DISTINCT_WORDS);
  return words.length === 0 ? null : { words: words.length, one: distinct(words, 1), two: distinct(words, 2) };
}

function rejectsOf(verdicts: readonly Verdict[]): LearningReport['rejects'] {
  const rejected = verdicts.filter(({ approved }) => !approved);
  const reasons = Map.groupBy(
    rejected.flatMap(({ reason }) => (reason === null ? [] : [reason.trim()])),
    (reason) => reason.toLowerCase(),
  );
  return {
    count: rejected.length,
    reasons: [...reasons.values()]
      .map((all) => ({ reason: all[0]!, count: all.length }))
      .toSorted((a, b) => b.count - a.count)
      .slice(0, LATEST),
  };
}

async function correctionsOf({ db }: Store, verdicts: readonly Verdict[]): Promise<LearningReport['corrections']> {
  const edited = verdicts.filter((verdict) => verdict.edited);
  const corrections: Correction[] = [];
  for (const { draft, candidate, text } of edited) {
    const row = await db
      .selectFrom('candidates')
      .select('text')
      .where('id', '=', candidate ?? 0)
      .executeTakeFirst();
    if (row) corrections.push(correctionOf({ draft, before: row.text, after: text ?? '' }));
  }
  return {
    count: corrections.length,
    repeated: repeatedChanges(corrections),
    latest: corrections.slice(-LATEST).reverse(),
  };
}

async function outcomesOf({ db }: Store, persona: string): Promise<LearningReport['outcomes']> {
  const rows = await db
    .selectFrom('outcomes')
    .innerJoin('drafts', 'drafts.id', 'outcomes.draft_id')
    .select(['outcomes.draft_id', 'outcomes.likes', 'outcomes.boosts', 'outcomes.replies'])
    .where('drafts.persona', '=', persona)
    .orderBy('outcomes.id')
    .execute();
  const last = [...new Map(rows.map((row) => [row.draft_id, row])).values()];
  if (last.length === 0) return null;
  const mean = (count: (row: (typeof last)[number]) => number) =>
    last.reduce((sum, row) => sum + count(row), 0) / last.length;
  return {
    posts: last.length,
    likes: mean(({ likes }) => likes),
    boosts: mean(({ boosts }) => boosts),
    replies: mean(({ replies }) => replies),
  };
}
