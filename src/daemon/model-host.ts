/** Asks the one thread that holds models to generate and to score. Jobs and commands reach it by a MessagePort of their own. */
import { totalmem } from 'node:os';
import path from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Turn } from '../corpus/document.ts';
import { WorldError } from '../errors.ts';
import type { GenerationRequest } from '../generation/generate.ts';
import type { Generated } from '../generation/written-row.ts';
import type { Log } from '../log.ts';
import type { TextScore } from '../model/score-texts.ts';
import { type PackedError, unpackError } from './thread-errors.ts';

export interface GenerateCall extends GenerationRequest {
  /** The model's. */
  readonly folder: string;
}

export interface ScoreCall {
  readonly folder: string;
  readonly texts: readonly string[];
  /** What each of them answers, as in `GenerationRequest`; scored is what follows it. */
  readonly context?: readonly Turn[];
}

export interface ModelHost {
  /** All rows of one prompt, with the model that wrote them. */
  generate(call: GenerateCall, signal?: AbortSignal): Promise<HostAnswers['generate']>;
  score(call: ScoreCall, signal?: AbortSignal): Promise<HostAnswers['score']>;
  figures(): Promise<HostAnswers['figures']>;
}

interface UsedModel {
  readonly name: string;
  readonly hash: string;
}

export interface HostAnswers {
  readonly generate: { readonly model: UsedModel; readonly generated: readonly Generated[] };
  readonly score: { readonly model: UsedModel; readonly scores: readonly TextScore[] };
  readonly figures: {
    readonly device: 'cpu';
    readonly waiting: number;
    /** Least recently used first. */
    readonly models: readonly { readonly folder: string; readonly bytes: number }[];
  };
}

export type Call =
  | ({ readonly kind: 'generate' } & GenerateCall)
  | ({ readonly kind: 'score' } & ScoreCall)
  | { readonly kind: 'figures' };
export type FromClient = { readonly id: number; readonly call: Call } | { readonly cancel: number };
export type Answer =
  | { readonly id: number; readonly result: HostAnswers[Call['kind']] }
  | { readonly id: number; readonly error: PackedError };

/** What the thread is told: to serve one more client, or to end when what it does just now is done. */
export type Order = { readonly port: MessagePort } | 'stop';

/** What the thread tells of its own accord. */
export interface Began {
  readonly model: string;
  /** This one and those that wait. */
  readonly requests: number;
}

export interface ModelHostOptions {
  /** What models may take of the memory. */
  readonly budgetBytes: number;
  /** Requests that may wait; what comes on top is refused as busy. */
  readonly maxWaiting: number;
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
};

/** Starts the thread with the first request. One that dies is started again with the next; what it was asked is rejected. */
export function startModelHost(log: Log, options: Partial<ModelHostOptions> = {}): RunningModelHost {
  let worker: Worker | undefined;
  let own: ConnectedModelHost | undefined;

  function start(): Worker {
    const file = path.join(import.meta.dirname, `model-host-worker${path.extname(import.meta.filename)}`);
    const started = new Worker(file, {
      name: 'model-host',
      workerData: { ...DEFAULTS, ...options },
      resourceLimits: { maxYoungGenerationSizeMb: 8 }, // what it needs much of, tensors, lies outside the heap
    });
    started.on('message', (began: Began) => log.debug(began, 'Generates'));
    started.on('error', (error) => log.error({ err: error }, 'The model host failed'));
    started.on('exit', () => {
      if (worker === started) worker = own = undefined;
    });
    return started;
  }

  function connect(): MessagePort {
    worker ??= start();
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ port: port2 } satisfies Order, [port2]);
    return port1;
  }

  function client(): ModelHost {
    own ??= connectModelHost(connect());
    return own;
  }

  return {
    connect,
    generate: (call, signal) => client().generate(call, signal),
    score: (call, signal) => client().score(call, signal),
    figures: () => client().figures(),
    async close() {
      const ending = worker;
      worker = own = undefined;
      if (ending) await endOf(ending);
    },
  };
}

/** What a single step of the largest models may take; then the thread is ended in its middle. */
const LONGEST_STEP_MS = 2_500;

async function endOf(worker: Worker): Promise<void> {
  const late = setTimeout(() => worker.terminate(), LONGEST_STEP_MS);
  const exit = new Promise((resolve) => worker.once('exit', resolve));
  worker.postMessage('stop' satisfies Order);
  await exit;
  clearTimeout(late);
}

export interface ConnectedModelHost extends ModelHost {
  close(): void;
}

/** Generous: one request may wait for some others and for a large model to load. */
const LONGEST_MS = 10 * 60_000;

export function connectModelHost(port: MessagePort): ConnectedModelHost {
  const pending = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let nextId = 0;
  let isClosed = false;

  port.on('message', (answer: Answer) => {
    const request = pending.get(answer.id);
    pending.delete(answer.id);
    if ('error' in answer) request?.reject(unpackError(answer.error));
    else request?.resolve(answer.result);
  });
  port.on('close', () => {
    isClosed = true;
    for (const { reject } of pending.values()) reject(stopped());
    pending.clear();
  });

  async function ask<Kind extends Call['kind']>(
    call: Extract<Call, { kind: Kind }>,
    signal?: AbortSignal,
  ): Promise<HostAnswers[Kind]> {
    if (isClosed) throw stopped();
    signal?.throwIfAborted();
    const id = nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const cancel = (reason: Error) => {
      port.postMessage({ cancel: id } satisfies FromClient);
      pending.delete(id);
      reject(reason);
    };
    const abort = () => cancel(signal?.reason);
    const deadline = setTimeout(() => cancel(tooSlow()), LONGEST_MS);
    signal?.addEventListener('abort', abort);
    pending.set(id, { resolve, reject });
    port.postMessage({ id, call } satisfies FromClient);
    try {
      return (await promise) as HostAnswers[Kind]; // the host answers each kind of call with its own kind of answer
    } finally {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', abort);
    }
  }

  return {
    generate: (call, signal) => ask({ kind: 'generate', ...call }, signal),
    score: (call, signal) => ask({ kind: 'score', ...call }, signal),
    figures: () => ask({ kind: 'figures' }),
    close: () => port.close(),
  };
}

function stopped(): WorldError {
  return new WorldError('The model host stopped before it answered', { retryable: true });
}

function tooSlow(): WorldError {
  return new WorldError(`The model host did not answer within ${LONGEST_MS / 60_000} minutes`, { retryable: true });
}
