/** The main job: looks every second at what is due for each persona, and has it done. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { expireDrafts, nextDue } from '../queue/claim.ts';
import { openStore, type Store, storeFile } from '../store/store.ts';
import { dueJobs, type JobName, personaOf } from './due-jobs.ts';
import { jobThreads } from './job-threads.ts';
import { BEAT_MS, beat, isAlive, releaseLock, takeLock } from './lock.ts';
import { startModelHost } from './model-host.ts';
import { readState } from './read-state.ts';
import { logChange, logFailure, logOutcome } from './report.ts';
import { lookAgain, type Watched } from './watch-personas.ts';

export interface DaemonOptions {
  readonly home: string;
  readonly log: Log;
  /** Nothing leaves the machine, nor comes to the timeline: what would is logged. */
  readonly dryRun: boolean;
  /** Ends the daemon. */
  readonly signal: AbortSignal;
  /** Called when the lock is held, with the personas that can be read. */
  readonly onStart?: (personas: readonly string[]) => void;
}

const TICK_MS = 1_000;

/** Runs until `signal` is aborted. @throws UserError when the store cannot be used or another daemon runs on it. */
export async function runDaemon({ home, log, dryRun, signal, onStart }: DaemonOptions): Promise<void> {
  const now = () => new Date();
  const store = openStore(storeFile(home));
  try {
    const lock = await takeLock(store, { pid: process.pid, now: now(), isAlive });
    const host = startModelHost(log);
    const threads = jobThreads({
      home,
      host,
      now,
      onOutcome: (job, outcome) => logOutcome(log, job, outcome),
      onFailure: (job, error) => logFailure(log, job, error),
    });
    const announced = new Set<number>(); // drafts that a dry run has told of
    let personas: ReadonlyMap<string, Watched> = new Map();
    let lastBeat = 0; // ms

    const takeUpPersonas = () => {
      const look = lookAgain(home, personas, now());
      personas = look.personas;
      for (const change of look.changes) {
        threads.forgive(change.name);
        logChange(log, change);
      }
    };

    const start = async (job: JobName) => {
      log.debug({ job }, 'Starts');
      await threads.start(job);
    };

    const announce = async (job: JobName) => {
      const due = await nextDue(store, personaOf(job), now());
      if (due === null || announced.has(due.draftId)) return;
      announced.add(due.draftId);
      logOutcome(log, job, { kind: 'dry run', ...due });
    };

    const tick = async () => {
      if (now().getTime() - lastBeat >= BEAT_MS) {
        if (!(await beat(store, lock, now()))) return 'lock lost';
        lastBeat = now().getTime();
        await expireAll(store, personas, now());
      }
      takeUpPersonas();
      const states = await readState(store, readable(personas));
      for (const job of dueJobs(states, { now: now(), running: threads.running, failures: threads.failures })) {
        if (dryRun && job.startsWith('publish:')) await announce(job);
        else await start(job);
      }
      return 'done';
    };

    try {
      onStart?.(readable(lookAgain(home, personas, now()).personas).map(({ persona }) => persona.name));
      await tickUntil(signal, tick, log);
    } finally {
      await threads.stop();
      await host.close();
      await releaseLock(store, lock);
    }
  } finally {
    await store.close();
  }
}

/** A tick that fails, on a full disk perhaps, is told once for as long as it fails in the same way, and tried again. */
async function tickUntil(signal: AbortSignal, tick: () => Promise<'done' | 'lock lost'>, log: Log): Promise<void> {
  let lastFailure = '';
  while (!signal.aborted) {
    try {
      if ((await tick()) === 'lock lost') {
        log.error('Another daemon has taken over this store while this one was asleep; this one ends');
        return;
      }
      lastFailure = '';
    } catch (error) {
      if (String(error) !== lastFailure) logFailure(log, 'the clock', error);
      lastFailure = String(error);
    }
    await wait(TICK_MS, undefined, { signal }).catch(() => {}); // an abort ends the wait, and the loop
  }
}

function readable(personas: ReadonlyMap<string, Watched>) {
  return [...personas.values()].flatMap(({ persona, since }) => (persona ? [{ persona, since }] : []));
}

async function expireAll(store: Store, personas: ReadonlyMap<string, Watched>, now: Date): Promise<void> {
  for (const { persona } of readable(personas)) {
    await expireDrafts(store, { persona: persona.name, expireAfterMs: persona.queue.expireAfterMs, now });
  }
}
