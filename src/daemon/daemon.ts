/** The main job: looks every second at what is due for each persona, and has it done. */
import { setTimeout as wait } from 'node:timers/promises';
import { stateFolder } from '../environment.ts';
import { UserError } from '../errors.ts';
import { serveMetrics } from '../host/metrics.ts';
import { startModelHost } from '../host/model-host.ts';
import type { Log } from '../log.ts';
import { deviceFile } from '../model/device-file.ts';
import { loadPersonas } from '../persona/load-persona.ts';
import { holdSessions } from '../publishing/bluesky/share-sessions.ts';
import { openStore, storeFile } from '../store/store.ts';
import { type Alarm, alarm } from './alarm.ts';
import { openBells } from './bells.ts';
import { clockwork, type Tick } from './clockwork.ts';
import { holdAccounts } from './hold-accounts.ts';
import { jobThreads } from './jobs/job-threads.ts';
import { isAlive, releaseLock, takeLock } from './lock.ts';
import { noteFigures } from './note-figures.ts';
import { logFailure, logOutcome } from './report.ts';

export interface DaemonOptions {
  readonly home: string;
  readonly log: Log;
  /** Nothing leaves the machine, nor comes to the timeline: what would is logged. */
  readonly dryRun: boolean;
  /** Serves figures for Prometheus on this port of the machine itself; none where it is left out. */
  readonly metricsPort?: number | undefined;
  /** Ends the daemon. */
  readonly signal: AbortSignal;
  /** Called when the lock is held, with the personas that can be read. */
  readonly onStart?: (personas: readonly string[]) => void;
}

const TICK_MS = 1_000;
/** However often somebody speaks to a persona. */
const LEAST_MS = 100;

/** Runs until `signal` is aborted. @throws UserError when the store cannot be used or another daemon runs on it. */
export async function runDaemon({ home, log, dryRun, metricsPort, signal, onStart }: DaemonOptions): Promise<void> {
  const now = () => new Date();
  const store = openStore(storeFile(home));
  try {
    const lock = await takeLock(store, { pid: process.pid, now: now(), isAlive });
    onStart?.(loadPersonas(home).personas.map(({ name }) => name));
    const host = startModelHost(log, { deviceFile: deviceFile(home) });
    const sessions = holdSessions();
    const clock = alarm();
    const threads = jobThreads({
      home,
      host,
      now,
      onOutcome: (job, outcome) => {
        logOutcome(log, job, outcome);
        if (outcome.kind === 'heard' && outcome.waiting > 0) clock.ring(); // somebody waits for an answer
      },
      onFailure: (job, error) => logFailure(log, job, error),
    });
    const bells = openBells({ home, store, log, now, onRing: clock.ring });
    const note = noteFigures(store, lock, host.figures);
    const metrics = metricsPort === undefined ? undefined : await serveMetrics(metricsPort, host.figures);
    if (metrics) log.info({ url: `http://${metrics.address}:${metrics.port}/metrics` }, 'Figures for Prometheus');
    const accounts = holdAccounts(store, { home, stateFolder: stateFolder() });
    const tick = clockwork({ home, store, lock, threads, bells, accounts, log, dryRun, now });
    try {
      await tickUntil(
        signal,
        () => {
          note.tick(now());
          return tick();
        },
        clock,
        log,
      );
    } finally {
      await metrics?.close();
      await bells.close();
      await threads.stop();
      accounts.release();
      await host.close();
      await note.close();
      sessions.close();
      await releaseLock(store, lock);
    }
  } finally {
    await store.close();
  }
}

async function tickUntil(signal: AbortSignal, tick: Tick, clock: Alarm, log: Log): Promise<void> {
  let failure: string | null = null;
  while (!signal.aborted) {
    try {
      if ((await tick()) === 'lock lost') break;
      failure = null;
    } catch (error) {
      // On a full disk, perhaps: told once for as long as it fails in the same way, and tried again.
      if (String(error) !== failure) logFailure(log, 'the clock', error);
      failure = String(error);
    }
    await wait(LEAST_MS, undefined, { signal }).catch(() => {}); // an abort ends the wait, and the loop
    await clock.wait(TICK_MS - LEAST_MS, signal);
  }
  if (!signal.aborted) throw new UserError('Another daemon took over this store while this one was asleep');
}
