/** The model host, as another thread reaches it: by a port of its own. */
import type { MessagePort } from 'node:worker_threads';
import { WorldError } from '../errors.ts';
import type { Answer, Call, FromClient, HostAnswers, ModelHost } from './host-calls.ts';
import { packError, unpackError } from './thread-errors.ts';

export interface ConnectedModelHost extends ModelHost {
  close(): void;
}

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
    const abort = () => {
      port.postMessage({ cancel: id } satisfies FromClient);
      pending.delete(id);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort);
    pending.set(id, { resolve, reject });
    port.postMessage({ id, call } satisfies FromClient);
    try {
      return (await promise) as HostAnswers[Kind]; // the host answers each kind of call with its own kind of answer
    } finally {
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

/** Answers what comes by a port, until it is closed; then what it asked is cancelled. */
export function servePort(port: MessagePort, host: ModelHost): void {
  const running = new Map<number, AbortController>();

  async function answer(id: number, call: Call): Promise<Answer> {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      if (call.kind === 'figures') return { id, result: await host.figures() };
      const { signal } = controller;
      return { id, result: await (call.kind === 'generate' ? host.generate(call, signal) : host.score(call, signal)) };
    } catch (error) {
      return { id, error: packError(error) };
    } finally {
      running.delete(id);
    }
  }

  port.on('message', async (message: FromClient) => {
    if ('cancel' in message) running.get(message.cancel)?.abort();
    else port.postMessage(await answer(message.id, message.call));
  });
  port.on('close', () => {
    for (const controller of running.values()) controller.abort(); // nobody waits for these any more
  });
}

export function stopped(): WorldError {
  return new WorldError('The model host stopped before it answered', { retryable: true });
}
