import { withdrawSecrets } from '../environment.ts';
import type { Log } from '../log.ts';
import { readStandings, resumeMended } from '../publishing/account-health.ts';
import { expireApproved } from '../publishing/expire-approved.ts';
import { variablesOf } from '../publishing/networks.ts';
import { previewNext } from '../publishing/publish-next.ts';
import { expireDrafts } from '../queue/claim.ts';
import type { Store } from '../store/store.ts';
import { presentTrainers } from '../training/run/run-folder.ts';
import { type Bells, mayHear } from './bells.ts';
import type { HeldAccounts } from './hold-accounts.ts';
import { dueJobs, isNightWork, type JobName, jobsToStop, kindOf, personaOf, shouldPublish } from './jobs/due-jobs.ts';
import type { JobThreads } from './jobs/job-threads.ts';
import { readState } from './jobs/read-state.ts';
import { BEAT_MS, beat, type Lock } from './lock.ts';
import { logChange, logOutcome, logStandings, type Standings } from './report.ts';
import { lookAgain, type Watched } from './watch-personas.ts';

export interface ClockworkOptions {
  readonly home: string;
  readonly store: Store;
  readonly lock: Lock;
  readonly threads: JobThreads;
  readonly log: Log;
  readonly bells: Bells;
  readonly accounts: HeldAccounts;
  readonly dryRun: boolean;
  readonly now: () => Date;
}

export type Tick = () => Promise<'done' | 'lock lost'>;

/** What is done every second: personas are looked at again, and what is due is started. */
export function clockwork({ home, store, lock, threads, bells, accounts, log, dryRun, now }: ClockworkOptions): Tick {
  const announced = new Set<number>(); // drafts that a dry run has told of
  let personas: ReadonlyMap<string, Watched> = new Map();
  let lastBeat = 0; // ms
  let told: Standings = new Map();

  function takeUpPersonas(): void {
    const look = lookAgain(home, personas, now());
    personas = look.personas;
    for (const { persona } of readable(personas)) withdrawSecrets(variablesOf(persona.account).values());
    for (const change of look.changes) {
      threads.forgive(change.name);
      logChange(log, change);
    }
  }

  async function expire(): Promise<void> {
    for (const { persona } of readable(personas)) {
      const { name, queue } = persona;
      const count = await expireDrafts(store, { persona: name, expireAfterMs: queue.expireAfterMs, now: now() });
      const { expireAfterMs } = persona.schedule.replies;
      const replies = await expireDrafts(store, { persona: name, kind: 'reply', expireAfterMs, now: now() });
      if (count + replies > 0)
        log.info({ persona: name, count: count + replies }, 'Drafts expired: nobody decided in time');
      const unsent = await expireApproved(store, persona, now());
      if (unsent > 0)
        log.warn({ persona: name, count: unsent }, 'Approved drafts expired: they could not be sent in time');
    }
  }

  /** What stands between personas and their networks: each change is told once. */
  async function tellTroubles(): Promise<void> {
    const standings = await readStandings(
      store,
      readable(personas).map(({ persona }) => persona),
      now(),
    );
    logStandings(log, told, standings);
    told = standings;
  }

  async function start(job: JobName): Promise<void> {
    if (kindOf(job) === 'listen') bells.heard(personaOf(job));
    if (isNightWork(job) && presentTrainers(home).length > 0) return; // by hand, or one that a daemon before this one began
    log.debug({ job }, 'Starts');
    await threads.start(job);
  }

  /** A dry run opens no connection to a network, not even to read. */
  function isDry(job: JobName): boolean {
    if (kindOf(job) === 'compose' || isNightWork(job)) return true;
    return kindOf(job) !== 'publish' && personas.get(personaOf(job))?.persona?.account.network === 'local';
  }

  async function announce(persona: string): Promise<void> {
    const due = await previewNext(store, persona, now());
    if (due === null || announced.has(due.draftId)) return;
    announced.add(due.draftId);
    logOutcome(log, `publish:${persona}`, due);
  }

  return async function tick() {
    takeUpPersonas();
    if (now().getTime() - lastBeat >= BEAT_MS) {
      if (!(await beat(store, lock, now()))) return 'lock lost';
      lastBeat = now().getTime();
      await expire();
      await resumeMended(store, home);
    }
    const all = readable(personas).map(({ persona }) => persona);
    if (!dryRun) {
      for (const persona of await accounts.hold(all, now()))
        log.debug({ persona }, 'No other home has its account now');
    }
    await tellTroubles();
    if (!dryRun) bells.listenFor(all.filter(({ name }) => mayHear(told.get(name)!)));
    const states = await readState(store, readable(personas), now());
    const { running, failures } = threads;
    for (const job of jobsToStop(states, { now: now(), running })) threads.cancel(job);
    const { rung } = bells;
    const due = { now: now(), running, failures, rung, ...(dryRun && { allows: isDry }) };
    for (const job of dueJobs(states, due)) await start(job);
    if (dryRun) for (const state of states) if (shouldPublish(state, now())) await announce(state.name);
    return 'done';
  };
}

function readable(personas: ReadonlyMap<string, Watched>) {
  return [...personas.values()].flatMap(({ persona, since }) => (persona ? [{ persona, since }] : []));
}
