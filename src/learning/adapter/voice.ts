/** Who writes the next draft: what the persona speaks with, or, every other time, what is on trial. And what blind decisions say of both. */
import type { Persona } from '../../persona/persona.ts';
import { type Store, transaction } from '../../store/store.ts';
import { type Counted, hasFallen, probabilityWorse, tryOut } from './acceptance.ts';
import {
  adapterWith,
  getAdapter,
  movesOf,
  promoteAdapter,
  refuseAdapter,
  retireAdapter,
  type TaughtAdapter,
} from './adapters.ts';
import { modelOf, type SpokenModel, spoken, whyNot } from './model-of.ts';

/** Of the drafts, while an adapter is on trial: both voices at the same time, so that whatever else changes, changes for both. */
const TRIED = 0.5;

export interface Voicing {
  readonly home: string;
  readonly store: Store;
  readonly persona: Persona;
  readonly now: Date;
  readonly random: () => number;
}

/** For a new draft: first what blind decisions have settled, told as sentences, then whose turn it is. */
export async function voiceForDraft({ home, store, persona, now, random }: Voicing): Promise<{
  readonly voice: SpokenModel;
  readonly settled: readonly string[];
}> {
  const settled = (await settleAdapters(store, persona, now)).map((one) => sentence(one, persona));
  const tried = await adapterWith(store, persona.name, 'candidate');
  const isTurn = tried && random() < TRIED && (await whyNot(home, persona, tried)) === undefined;
  return { voice: isTurn ? spoken(home, tried) : await modelOf(home, store, persona), settled };
}

function sentence(settled: Settled, { model }: Owner): string {
  const { adapter, reason } = settled;
  if (settled.kind !== 'fell back') {
    return settled.kind === 'promoted'
      ? `Adapter ${adapter} is promoted: ${reason}`
      : `The trial of adapter ${adapter} ended, and it is refused: ${reason}`;
  }
  return `Fell back from adapter ${adapter} to ${settled.to === null ? model : `adapter ${settled.to}`}: ${reason}`;
}

/** For more of a draft: the voice that wrote it, as long as that is heard at all. */
export async function voiceOfDraft(
  { home, store, persona }: Omit<Voicing, 'now' | 'random'>,
  draftId: number,
): Promise<SpokenModel> {
  const round = await store.db
    .selectFrom('rounds')
    .select('model')
    .where('draft_id', '=', draftId)
    .orderBy('id', 'desc')
    .executeTakeFirst();
  const tried = await adapterWith(store, persona.name, 'candidate');
  if (tried && round?.model === spoken(home, tried).name && (await whyNot(home, persona, tried)) === undefined) {
    return spoken(home, tried);
  }
  return modelOf(home, store, persona);
}

export type Settled =
  | { readonly kind: 'promoted' | 'refused'; readonly adapter: number; readonly reason: string }
  | { readonly kind: 'fell back'; readonly adapter: number; readonly to: number | null; readonly reason: string };

/** Ends a trial that is decided, and falls back from an adapter that has become likely to be worse than what it replaced. */
export function settleAdapters(
  store: Store,
  persona: Pick<Persona, 'name' | 'model'>,
  now: Date,
): Promise<readonly Settled[]> {
  return transaction(store, async (inside) => {
    const trial = await settleTrial(inside, persona, now);
    const fall = await settleWatch(inside, persona, now);
    return [...trial, ...fall];
  });
}

type Owner = Pick<Persona, 'name' | 'model'>;

async function settleTrial(store: Store, persona: Owner, now: Date): Promise<readonly Settled[]> {
  const tried = await adapterWith(store, persona.name, 'candidate');
  if (!tried) return [];
  const { verdict, row } = tryOut(...(await trialSides(store, persona, tried)));
  if (verdict === 'inconclusive') return [];
  const move = { by: 'trial', reason: row.value, at: now.toISOString() } as const;
  if (verdict === 'promote') await promoteAdapter(store, tried.id, move);
  else await refuseAdapter(store, tried.id, move);
  return [{ kind: verdict === 'promote' ? 'promoted' : 'refused', adapter: tried.id, reason: row.value }];
}

/** Blind decisions since the trial began: on what is tried, and on the present voice. */
export async function trialSides(
  store: Store,
  persona: Owner,
  tried: TaughtAdapter,
): Promise<readonly [newer: readonly boolean[], older: readonly boolean[]]> {
  const moves = await movesOf(store, tried.id);
  const since = moves.findLast(({ to_status }) => to_status === 'candidate')?.at ?? tried.createdAt;
  const live = await adapterWith(store, persona.name, 'live');
  const decisions = (await blindDecisions(store, persona.name)).filter(({ at }) => at >= since);
  const of = (voice: string) => decisions.filter((one) => one.voice === voice).map(({ accepted }) => accepted);
  return [of(voiceName(tried)), of(live ? voiceName(live) : persona.model)];
}

export interface Watched {
  readonly newer: Counted;
  readonly older: Counted;
  /** Before it; null: the model alone. */
  readonly former: number | null;
}

/** Blind decisions on what a live adapter wrote, and on the voice that it replaced. */
export async function watchSides(store: Store, live: TaughtAdapter): Promise<Watched> {
  const former = await replacedBy(store, live);
  const decisions = await blindDecisions(store, live.persona);
  const of = (voice: string): Counted => {
    const own = decisions.filter((one) => one.voice === voice);
    return { accepted: own.filter(({ accepted }) => accepted).length, decided: own.length };
  };
  return {
    newer: of(voiceName(live)),
    older: of(former ? voiceName(former) : live.parent),
    former: former?.id ?? null,
  };
}

async function settleWatch(store: Store, persona: Owner, now: Date): Promise<readonly Settled[]> {
  const live = await adapterWith(store, persona.name, 'live');
  if (!live) return [];
  const { newer, older } = await watchSides(store, live);
  if (!hasFallen(newer, older)) return [];
  const worse = probabilityWorse(newer, older).toFixed(2);
  const reason = `${newer.accepted} of ${newer.decided} blind drafts were approved, ${older.accepted} of ${older.decided} before it: worse with probability ${worse}`;
  const to = await retireAdapter(store, live.id, { by: 'watch', reason, at: now.toISOString() });
  return [{ kind: 'fell back', adapter: live.id, to, reason }];
}

async function replacedBy(store: Store, { id, persona }: TaughtAdapter): Promise<TaughtAdapter | undefined> {
  const row = await store.db
    .selectFrom('adapter_moves')
    .innerJoin('adapters', 'adapters.id', 'adapter_moves.adapter_id')
    .select('adapters.id')
    .where('adapters.persona', '=', persona)
    .where('adapter_moves.reason', '=', `adapter ${id} took its place`)
    .orderBy('adapter_moves.id', 'desc')
    .executeTakeFirst();
  return row && getAdapter(store, row.id);
}

const voiceName = ({ parent, id }: Pick<TaughtAdapter, 'parent' | 'id'>) => `${parent}+${id}`;

interface BlindDecision {
  /** As its rounds name it. */
  readonly voice: string;
  readonly accepted: boolean;
  readonly at: string;
}

/** Its owner's newest word on each blind draft that one voice wrote alone, oldest first. */
async function blindDecisions({ db }: Store, persona: string): Promise<readonly BlindDecision[]> {
  const decisions = await db
    .selectFrom('decisions')
    .innerJoin('drafts', 'drafts.id', 'decisions.draft_id')
    .select(['decisions.draft_id', 'decisions.action', 'decisions.at', 'decisions.by'])
    .where('drafts.persona', '=', persona)
    .where('drafts.kind', '=', 'post')
    .where('drafts.blind', 'is not', null)
    .where('decisions.action', 'in', ['picked', 'edited', 'rejected', 'undone'])
    .orderBy('decisions.id')
    .execute();
  const newest = [...new Map(decisions.map((row) => [row.draft_id, row])).values()].filter(
    ({ action, by }) => action !== 'undone' && by === 'owner',
  );
  const shown = await db
    .selectFrom('candidates')
    .innerJoin('rounds', 'rounds.id', 'candidates.round_id')
    .innerJoin('drafts', 'drafts.id', 'candidates.draft_id')
    .select(['candidates.draft_id', 'rounds.model'])
    .distinct()
    .where('drafts.persona', '=', persona)
    .where('drafts.blind', 'is not', null)
    .where('candidates.kept', '=', 1)
    .execute();
  const voices = Map.groupBy(shown, ({ draft_id }) => draft_id);
  return newest.flatMap(({ draft_id, action, at }) => {
    const [voice, ...others] = voices.get(draft_id) ?? [];
    return voice && others.length === 0 ? [{ voice: voice.model, accepted: action !== 'rejected', at }] : [];
  });
}
