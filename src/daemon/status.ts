/** How each persona stands, read from the store and from personas/; the daemon need not run. */

import type { HostFigures } from '../host/host-calls.ts';
import { modelOf } from '../learning/adapter/model-of.ts';
import { type WaitingMentions, waitingMentions } from '../listening/waiting.ts';
import type { DeviceSetting } from '../persona/device.ts';
import { loadPersonas } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import { readStandings, type Standing } from '../publishing/account-health.ts';
import type { Spending } from '../publishing/usage.ts';
import type { Store } from '../store/store.ts';
import { type PresentTraining, presentTraining } from '../training/run/present-training.ts';
import { runsFolder } from '../training/run/run-folder.ts';
import { isAlive, runningDaemon } from './lock.ts';
import { type NightStatus, nightStatuses } from './nights/night-status.ts';
import { readFigures } from './note-figures.ts';
import { nextPostTime } from './schedule/schedule.ts';
import { scheduleOf } from './schedule/schedule-of.ts';

/** The shape of `eidolon status --json`. Times are ISO 8601 in UTC. */
export interface Status {
  readonly daemon: { readonly pid: number; readonly since: string } | null;
  /** What the daemon's models do, a few seconds ago at most; null where none was asked of yet. */
  readonly host: HostFigures | null;
  readonly personas: readonly PersonaStatus[];
}

export interface PersonaStatus {
  readonly name: string;
  readonly lastPost: string | null;
  /** Of the soonest approved draft; without one, when the soonest pending draft would go out, if it were approved now. */
  readonly nextPost: string | null;
  readonly pending: number;
  readonly approved: number;
  /** Who spoke to it and waits for an answer. */
  readonly mentions: WaitingMentions;
  /** Of the drafts that were decided so far. */
  readonly acceptance: { readonly accepted: number; readonly decided: number };
  /** `ambrose+3`: its model with adapter 3. */
  readonly model: string | null;
  /** Why it does not speak with the adapter that it should. */
  readonly passedOver: string | null;
  /** What its model runs on; where that is not open, what persona.yaml says. */
  readonly device: DeviceSetting | null;
  /** What its account has used up, and of how much where its owner set a budget; null for one that costs nothing. */
  readonly spent: SpentStatus | null;
  /** Why nothing will be posted, or null. */
  readonly silence: string | null;
  /** The training that runs now, begun by the daemon or by hand. */
  readonly training: PresentTraining | null;
  /** What the daemon does in the hours that the persona allows. */
  readonly nights: readonly NightStatus[];
}

/** `most`: of persona.yaml; null: no such budget. */
export type SpentStatus = {
  readonly [Of in 'postsInDay' | 'postsInMonth' | 'readsInDay' | 'readsInMonth' | 'dollarsInMonth']: {
    readonly used: number;
    readonly most: number | null;
  };
};

export async function readStatus(store: Store, home: string, now: Date): Promise<Status> {
  const daemon = await runningDaemon(store, { now, isAlive });
  const { personas, broken } = loadPersonas(home);
  const standings = await readStandings(store, personas, now);
  const host = daemon && (await readFigures(store));
  const statuses = await Promise.all(
    personas.map((persona) => {
      const standing = standings.get(persona.name)!;
      return personaStatus(store, persona, { home, now, host, daemonSince: daemon?.started_at ?? null, standing });
    }),
  );
  const left = await Promise.all(broken.map(({ name, error }) => unreadableStatus(store, name, error.message)));
  return {
    daemon: daemon && { pid: daemon.pid, since: daemon.started_at },
    host,
    personas: [...statuses, ...left].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** What its persona.yaml does not say is not known; what the store has of it is. */
async function unreadableStatus(store: Store, name: string, silence: string): Promise<PersonaStatus> {
  const drafts = await draftsOf(store, name);
  return {
    name,
    silence,
    lastPost: lastPostOf(drafts),
    nextPost: null,
    pending: drafts.filter(({ status }) => status === 'pending').length,
    approved: drafts.filter(({ status }) => status === 'approved').length,
    mentions: { count: 0, oldest: null, because: null },
    acceptance: await acceptance(store, name),
    model: null,
    passedOver: null,
    device: null,
    training: null,
    nights: [],
    spent: null,
  };
}

interface Circumstances {
  readonly home: string;
  readonly now: Date;
  readonly host: HostFigures | null;
  /** null: no daemon runs. */
  readonly daemonSince: string | null;
  readonly standing: Standing;
}

function draftsOf({ db }: Store, persona: string) {
  return db
    .selectFrom('drafts')
    .select(['kind', 'status', 'due_at', 'publish_at', 'published_at', 'held_at'])
    .where('persona', '=', persona)
    .execute();
}

function lastPostOf(drafts: Awaited<ReturnType<typeof draftsOf>>): string | null {
  const posted = drafts.filter(({ kind, status }) => kind === 'post' && status === 'published');
  return (
    posted
      .flatMap(({ published_at }) => published_at ?? [])
      .toSorted()
      .at(-1) ?? null
  );
}

async function personaStatus(store: Store, persona: Persona, circumstances: Circumstances): Promise<PersonaStatus> {
  const drafts = await draftsOf(store, persona.name);
  const of = (status: string) => drafts.filter((draft) => draft.status === status);
  const posts = (status: string) => of(status).filter(({ kind }) => kind === 'post'); // replies keep no schedule
  const lastPost = lastPostOf(drafts);
  const approved = posts('approved')
    .flatMap(({ publish_at }) => publish_at ?? [])
    .toSorted();
  const pending = posts('pending')
    .map(({ due_at }) => due_at)
    .toSorted();
  const soonest = approved[0] ?? pending[0];
  const model = await modelOf(circumstances.home, store, persona);
  return {
    name: persona.name,
    lastPost,
    nextPost:
      soonest === undefined
        ? null
        : await postTime(store, persona, { time: soonest, lastPost, now: circumstances.now }),
    pending: of('pending').length,
    approved: of('approved').length,
    mentions: await waitingMentions(store, persona, circumstances.now),
    acceptance: await acceptance(store, persona.name),
    model: model.name,
    passedOver: model.passedOver ?? null,
    device: deviceOf(persona, circumstances.host, model.folder),
    spent: spentOf(persona, circumstances.standing.spending),
    silence: await silence(store, persona.name, {
      ...circumstances,
      pending: of('pending').length,
      approved: of('approved').length,
      unsettled: [...of('uncertain'), ...of('publishing')].filter(({ held_at }) => held_at === null).length,
      held: of('uncertain').filter(({ held_at }) => held_at !== null).length,
    }),
    training: presentTraining(runsFolder(circumstances.home, persona.name)) ?? null,
    nights: await nightStatuses(store, persona, circumstances),
  };
}

/** Two personas may have one model open on two devices: then it is the one that was asked for. */
function deviceOf({ device }: Persona, host: HostFigures | null, folder: string): DeviceSetting {
  const open = host?.models.filter((model) => model.folder === folder).flatMap((model) => model.device ?? []) ?? [];
  return open.find((one) => one === device) ?? open.at(-1) ?? device;
}

interface Waited {
  readonly time: string;
  readonly lastPost: string | null;
  readonly now: Date;
}

async function postTime(store: Store, persona: Persona, { time, lastPost, now }: Waited): Promise<string> {
  const last = lastPost === null ? null : new Date(lastPost);
  const notBefore = new Date(Math.max(new Date(time).getTime(), now.getTime()));
  return nextPostTime(await scheduleOf(store, persona, now), { last, notBefore }).toISOString();
}

function spentOf({ account }: Persona, spending: Spending): SpentStatus | null {
  if (account.network === 'local') return null;
  const { budget } = account;
  const of = (used: number, most: number | undefined) => ({ used, most: most ?? null });
  return {
    postsInDay: of(spending.postsInDay, budget.postsPerDay),
    postsInMonth: of(spending.postsInMonth, budget.postsPerMonth),
    readsInDay: of(spending.readsInDay, budget.readsPerDay),
    readsInMonth: of(spending.readsInMonth, budget.readsPerMonth),
    dollarsInMonth: of(Number(spending.dollarsInMonth.toFixed(4)), budget.dollarsPerMonth),
  };
}

/** A draft counts by its newest decision; one that was taken back, or that the program decided, counts not at all. */
async function acceptance({ db }: Store, persona: string): Promise<PersonaStatus['acceptance']> {
  const decisions = await db
    .selectFrom('decisions')
    .innerJoin('drafts', 'drafts.id', 'decisions.draft_id')
    .select(['decisions.draft_id', 'decisions.action', 'decisions.by'])
    .where('drafts.persona', '=', persona)
    .where('drafts.chat', 'is', null)
    .where('drafts.provenance', '=', 'generated')
    .where('decisions.action', 'in', ['picked', 'edited', 'rejected', 'undone'])
    .orderBy('decisions.id')
    .execute();
  const newest = new Map(decisions.map(({ draft_id, action, by }) => [draft_id, by === 'program' ? 'undone' : action]));
  const decided = [...newest.values()].filter((action) => action !== 'undone');
  return { accepted: decided.filter((action) => action !== 'rejected').length, decided: decided.length };
}

interface Waiting extends Circumstances {
  readonly pending: number;
  readonly approved: number;
  readonly unsettled: number;
  readonly held: number;
}

async function silence({ db }: Store, persona: string, waiting: Waiting): Promise<string | null> {
  const { pause, wait, outage, spending } = waiting.standing;
  if (pause) return `paused: ${pause.because}`;
  if (waiting.daemonSince === null) return 'the daemon is not running';
  if (outage) return `${outage.server} is out of order since ${outage.since}: ${outage.because}`;
  if (wait) return `its network is left alone until ${wait.until}: ${wait.because}`;
  if (spending.necessaryReads)
    return `its account is left alone until ${spending.necessaryReads.until}: ${spending.necessaryReads.because}`;
  if (waiting.unsettled > 0) return 'a post may or may not be out: its network is asked before another is sent';
  if (waiting.approved > 0) {
    return spending.posts && `its next post waits until ${spending.posts.until}: ${spending.posts.because}`;
  }
  if (waiting.held > 0) return `${waiting.held} may be posted or not: eidolon review ${persona} asks you`;
  if (waiting.pending > 0) return `${waiting.pending} wait for your review`;
  const round = await db
    .selectFrom('rounds')
    .select(['outcome', 'reason'])
    .where('persona', '=', persona)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return round === undefined || round.outcome === 'kept' ? 'the first draft is being written' : round.reason;
}
