/**
 * The one thread that holds models, and who asks it to generate and to score. One that dies is started again, and what it had
 * been asked is asked once more: a seed's text is the same the second time.
 */
import { totalmem } from 'node:os';
import path from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { PLACES } from '../generation/batch.ts';
import type { Log } from '../log.ts';
import type { MeasuredDevices } from '../model/measure-devices.ts';
import type { Device, DeviceSetting } from '../persona/device.ts';
import { servePort, stopped } from './connect-model-host.ts';
import type { Answer, Call, FromClient, HostAnswers, HostFigures, ModelHost } from './host-calls.ts';
import { unpackError } from './thread-errors.ts';

/** What the thread tells of its own accord. */
export type Told =
  | { readonly began: { readonly model: string; readonly requests: number } }
  | { readonly cut: { readonly model: string; readonly tokens: number } }
  | { readonly chosen: { readonly model: string; readonly device: Device; readonly found: MeasuredDevices['found'] } }
  | { readonly lost: { readonly model: string; readonly device: Device; readonly why: string } };

export interface ModelHostOptions {
  /** What models may take of the memory. */
  readonly budgetBytes: number;
  /** Requests that may wait; what comes on top is refused as busy. */
  readonly maxWaiting: number;
  /** Texts that are written at the same time. */
  readonly places: number;
  /** What models run on for requests that do not say; cpu where it is left out. */
  readonly device?: DeviceSetting;
  /** Where it is kept what `auto` came to; without it, it is measured again each time. */
  readonly deviceFile?: string;
}

export interface RunningModelHost extends ModelHost {
  /** A way to the host for another thread: transfer it, and use it there through `connectModelHost`. */
  connect(): MessagePort;
  close(): Promise<void>;
}

/** Where a container has a limit of its own, half of that. */
const DEFAULTS: ModelHostOptions = {
  budgetBytes: Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / 2,
  maxWaiting: 32,
  places: PLACES,
};

/** Of a host whose thread was not needed yet. */
const NOTHING_DONE: HostFigures = {
  waiting: 0,
  rows: 0,
  models: [],
  cacheBytes: 0,
  tokens: 0,
  steps: 0,
  tokensPerSecond: null,
  requests: { answered: 0, failed: 0, refused: 0 },
  firstToken: { count: 0, seconds: 0 },
  restarts: 0,
};

/** A request that kills the thread twice may be what kills it. */
const MOST_TRIES = 2;

interface Pending {
  readonly call: Call;
  tries: number;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** Starts the thread with the first request. */
export function startModelHost(log: Log, options: Partial<ModelHostOptions> = {}): RunningModelHost {
  const pending = new Map<number, Pending>();
  const ports = new Set<MessagePort>();
  let worker: Worker | undefined;
  let [nextId, restarts] = [0, 0];
  let isClosed = false;

  function start(): Worker {
    const file = path.join(import.meta.dirname, `model-host-worker${path.extname(import.meta.filename)}`);
    const started = new Worker(file, {
      name: 'model-host',
      workerData: { ...DEFAULTS, ...options },
      resourceLimits: { maxYoungGenerationSizeMb: 8 }, // what it needs much of, tensors, lies outside the heap
    });
    started.on('message', (message: Answer | Told) => ('id' in message ? settle(message) : note(log, message)));
    started.on('error', (error) => log.error({ err: error }, 'The model host failed'));
    started.on('exit', () => {
      if (worker === started) againAfterDeath();
    });
    return started;
  }

  function settle(answer: Answer): void {
    const request = pending.get(answer.id);
    pending.delete(answer.id);
    if ('error' in answer) request?.reject(unpackError(answer.error));
    else request?.resolve(answer.result);
  }

  function againAfterDeath(): void {
    worker = undefined;
    for (const [id, request] of pending) {
      if (request.tries < MOST_TRIES) continue;
      pending.delete(id);
      request.reject(stopped());
    }
    if (pending.size === 0) return;
    restarts++;
    log.warn({ requests: pending.size }, 'The model host is started again, and asked once more');
    for (const id of pending.keys()) send(id);
  }

  function send(id: number): void {
    const request = pending.get(id)!;
    request.tries++;
    worker ??= start();
    worker.postMessage({ id, call: request.call } satisfies FromClient);
  }

  async function ask<Kind extends Call['kind']>(
    call: Extract<Call, { kind: Kind }>,
    signal?: AbortSignal,
  ): Promise<HostAnswers[Kind]> {
    signal?.throwIfAborted();
    if (isClosed) throw stopped(); // it would start a thread that nobody ends
    const id = nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const abort = () => {
      worker?.postMessage({ cancel: id } satisfies FromClient);
      pending.delete(id);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort);
    pending.set(id, { call, tries: 0, resolve, reject });
    send(id);
    try {
      return (await promise) as HostAnswers[Kind]; // the thread answers each kind of call with its own kind of answer
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  const host: ModelHost = {
    generate: (call, signal) => ask({ kind: 'generate', ...call }, signal),
    score: (call, signal) => ask({ kind: 'score', ...call }, signal),
    figures: async () => ({ ...(worker ? await ask({ kind: 'figures' }) : NOTHING_DONE), restarts }),
  };
  return {
    ...host,
    connect() {
      const { port1, port2 } = new MessageChannel();
      servePort(port2, host);
      ports.add(port2);
      port2.on('close', () => ports.delete(port2));
      port2.unref();
      return port1;
    },
    async close() {
      isClosed = true;
      const ending = worker;
      worker = undefined;
      if (ending) await endOf(ending);
      for (const { reject } of pending.values()) reject(stopped());
      pending.clear();
      for (const port of ports) port.close();
    },
  };
}

function note(log: Log, told: Told): void {
  if ('began' in told) log.debug(told.began, 'Generates');
  else if ('chosen' in told) log.info(told.chosen, 'The device of a model was measured and chosen');
  else if ('lost' in told) log.warn(told.lost, 'The device of a model failed: what it was at is done again on the CPU');
  else log.info(told.cut, "A prompt is longer than its model's context: its oldest text was left out");
}

/**
 * What a single step may take of the largest models, or of a GPU in software: ended in the middle of one on a GPU, the thread would
 * take the process with it.
 */
const LONGEST_STEP_MS = 30_000;

async function endOf(worker: Worker): Promise<void> {
  const late = setTimeout(() => worker.terminate(), LONGEST_STEP_MS);
  const exit = new Promise((resolve) => worker.once('exit', resolve));
  worker.postMessage('stop');
  await exit;
  clearTimeout(late);
}
