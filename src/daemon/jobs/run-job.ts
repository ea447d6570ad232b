/** Runs a job in the thread that Bree made for it. With daemon.ts, the only file that knows Bree. */
import path from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { keepOutOfReports } from '../../environment.ts';
import { connectModelHost } from '../../host/connect-model-host.ts';
import { onDevice } from '../../host/host-calls.ts';
import type { Heard } from '../../listening/catch-up.ts';
import type { Measured } from '../../listening/measure.ts';
import { loadPersona } from '../../persona/load-persona.ts';
import type { Outcome } from '../../publishing/publish-next.ts';
import { openStore, storeFile } from '../../store/store.ts';
import type { Composed, Composing } from '../composing/compose-draft.ts';
import type { Replied } from '../composing/compose-reply.ts';
import type { NightNews } from '../nights/work-at-night.ts';

/** What the daemon says to the thread of a job: the way to the model host, then perhaps what Bree says to stop it. */
export type ToJob = { readonly modelHost: MessagePort } | 'cancel';

export interface JobData {
  readonly home: string;
  readonly persona: string;
}

/** Also what composing needs. */
export interface Job extends Composing {
  /** Aborted when the daemon stops, and where the job is to end early. */
  readonly signal: AbortSignal;
  /** What is to be logged while the job still runs. */
  readonly tell: (outcome: JobOutcome) => void;
}

/** What a job brought; the daemon logs it. */
export type JobOutcome = Composed | Replied | Heard | Measured | Outcome | NightNews;

/** What `work` brings goes to the daemon; what it throws crashes the thread, which the daemon reports once. */
export async function runJob(work: (job: Job) => Promise<readonly JobOutcome[]>): Promise<void> {
  const port = parentPort;
  if (!port) throw new Error('A job runs in a thread of the daemon');
  keepOutOfReports();
  const { home, persona }: JobData = workerData;
  const { modelHost, signal } = await orders(port);
  const host = connectModelHost(modelHost);
  const tell = (outcome: JobOutcome) => port.postMessage(outcome);
  const store = openStore(storeFile(home));
  try {
    const loaded = loadPersona(path.join(home, 'personas', persona));
    const outcomes = await work({
      home,
      persona: loaded,
      store,
      host: onDevice(loaded.device, host),
      now: () => new Date(),
      random: Math.random,
      signal,
      tell,
    });
    for (const outcome of outcomes) tell(outcome);
  } catch (error) {
    if (!signal.aborted) throw error; // stopped half-way on purpose: nothing of it was stored
  } finally {
    host.close();
    await store.close();
    port.close(); // nothing keeps the thread any longer, so it ends and Bree may start the job again
  }
}

function orders(port: MessagePort): Promise<{ readonly modelHost: MessagePort; readonly signal: AbortSignal }> {
  const controller = new AbortController();
  return new Promise((resolve) => {
    port.on('message', (message: ToJob) => {
      if (message === 'cancel') controller.abort();
      else resolve({ modelHost: message.modelHost, signal: controller.signal });
    });
  });
}
