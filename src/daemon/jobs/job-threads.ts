/** Runs jobs in threads through Bree, one of a name at a time. What each brings or throws is told once. */
import path from 'node:path';
import Bree from 'bree';
import type { RunningModelHost } from '../../host/model-host.ts';
import { type JobFailures, type JobName, kindOf, personaOf } from './due-jobs.ts';
import type { JobData, JobOutcome, ToJob } from './run-job.ts';

export interface JobThreads {
  readonly running: ReadonlySet<string>;
  /** Of jobs that failed and did not succeed since. */
  readonly failures: ReadonlyMap<string, JobFailures>;
  start(job: JobName): Promise<void>;
  /** Asks it to end early; it runs on until it has. */
  cancel(job: string): void;
  /** Forgets what failed, since the persona has changed. */
  forgive(persona: string): void;
  /** Cancels what runs. A thread that does not end by itself in time is ended. */
  stop(): Promise<void>;
}

export interface JobThreadsOptions {
  readonly home: string;
  readonly host: RunningModelHost;
  readonly now: () => Date;
  readonly onOutcome: (job: JobName, outcome: JobOutcome) => void;
  readonly onFailure: (job: JobName, error: unknown) => void;
}

/** By default a thread takes up to 48 MB before it collects its first garbage, more than a job ever needs. */
const SMALL = { maxYoungGenerationSizeMb: 4 };

/** Leaves most of the 5 seconds that one waits for a daemon to end to the model host. */
const LONGEST_STOP_MS = 1_500;

export function jobThreads({ home, host, now, onOutcome, onFailure }: JobThreadsOptions): JobThreads {
  const extension = path.extname(import.meta.filename); // .ts in a clone, .js where it was built
  const folder = path.join(import.meta.dirname, '../../../jobs');
  const known = new Set<JobName>();
  const failures = new Map<string, JobFailures>();
  const failedNow = new Set<string>(); // since their thread began
  const cancelled = new Set<string>();
  let isStopping = false;

  const bree = new Bree({
    root: false,
    jobs: [],
    defaultExtension: extension.slice(1),
    acceptedExtensions: [extension],
    logger: false,
    /** Bree calls this twice for a job that throws: for its error, and for the exit code that follows. */
    errorHandler: (error, { name }) => {
      if (isStopping || failedNow.has(name)) return;
      failedNow.add(name);
      failures.set(name, { count: (failures.get(name)?.count ?? 0) + 1, last: now() });
      onFailure(jobOf(name), error);
    },
    workerMessageHandler: ({ name, message }) => onOutcome(jobOf(name), message as JobOutcome), // runJob sends nothing else
  });
  bree.on('worker created', (name: string) => {
    failedNow.delete(name);
    cancelled.delete(name);
    const modelHost = host.connect();
    bree.workers.get(name)?.postMessage({ modelHost } satisfies ToJob, [modelHost]);
  });
  bree.on('worker deleted', (name: string) => {
    if (!failedNow.has(name)) failures.delete(name);
  });

  return {
    get running() {
      return new Set(bree.workers.keys());
    },
    failures,

    async start(job) {
      if (!known.has(job)) {
        const file = path.join(folder, `${kindOf(job)}${extension}`);
        const workerData = { home, persona: personaOf(job) } satisfies JobData;
        await bree.add({ name: job, path: file, worker: { workerData, resourceLimits: SMALL } });
        known.add(job);
      }
      await bree.run(job);
    },

    cancel(job) {
      if (cancelled.has(job)) return;
      cancelled.add(job);
      bree.workers.get(job)?.postMessage('cancel' satisfies ToJob);
    },

    forgive(persona) {
      for (const job of failures.keys()) if (personaOf(job) === persona) failures.delete(job);
    },

    async stop() {
      isStopping = true;
      const late = setTimeout(() => {
        for (const worker of bree.workers.values()) void worker.terminate();
      }, LONGEST_STOP_MS);
      await bree.stop(); // asks every thread to end, and waits for it without end
      clearTimeout(late);
    },
  };
}

function jobOf(name: string): JobName {
  return name as JobName; // only names of this kind are added
}
