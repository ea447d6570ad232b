/**
 * Does what is asked of models, one thing at a time: lets requests into the batch of their base, has each batch write a token
 * in every row, and scores in between. Knows nothing of threads and messages.
 */
import { WorldError } from '../errors.ts';
import { Batch, PLACES } from '../generation/batch.ts';
import { writingOf } from '../generation/generate.ts';
import { scoreAnswers } from '../generation/score-answers.ts';
import type { Network } from '../model/network.ts';
import type { DeviceSetting } from '../persona/device.ts';
import {
  type Asked,
  type GenerateCall,
  type HostAnswers,
  type HostFigures,
  type ScoreCall,
  WAITERS,
} from './host-calls.ts';
import type { Lease } from './model-cache.ts';
import type { OpenModel, OpenModels, PrecisionWanted } from './open-models.ts';

export interface ServeOptions {
  readonly models: OpenModels;
  /** For requests that do not say; cpu where it is left out. */
  readonly device?: DeviceSetting | undefined;
  /** Requests that may wait; what comes on top is refused as busy. */
  readonly maxWaiting: number;
  /** Rows of a batch. */
  readonly places?: number;
  /** Milliseconds, of any beginning. */
  readonly now: () => number;
  /** Lets messages and timers in between two steps. */
  readonly yieldTurn: () => Promise<void>;
  readonly onBegin?: (model: string, requests: number) => void;
  /** A prompt was longer than the model's context, and so many of its oldest tokens were left out. */
  readonly onCut?: (model: string, tokens: number) => void;
}

export interface ServedModels {
  generate(call: GenerateCall, signal: AbortSignal): Promise<HostAnswers['generate']>;
  score(call: ScoreCall, signal: AbortSignal): Promise<HostAnswers['score']>;
  figures(): Omit<HostFigures, 'restarts'>;
  /** Resolves when nothing is left to do. */
  idle(): Promise<void>;
}

const DEADLINE_MS = 10 * 60_000;

/** One request, from its arrival to its answer. */
interface Waiting {
  readonly folder: string;
  readonly device: DeviceSetting;
  readonly precision: PrecisionWanted;
  readonly priority: number;
  readonly signal: AbortSignal;
  /** Resolves when the request is in its batch, or done where it needs none. */
  begin(lease: Lease<OpenModel>): Promise<void>;
  /** Ends its waiting. */
  refuse(error: unknown): void;
}

export function serveModels({
  models,
  device = 'cpu',
  maxWaiting,
  places = PLACES,
  now,
  yieldTurn,
  onBegin,
  onCut,
}: ServeOptions): ServedModels {
  const waiting: Waiting[] = [];
  const batches = new Map<Network, Batch>();
  const requests = { answered: 0, failed: 0, refused: 0 };
  const firstToken = { count: 0, seconds: 0 };
  const written = { tokens: 0, steps: 0, milliseconds: 0 };
  let work: Promise<void> | undefined;

  const busy = () => [...batches.values()].filter(({ isIdle }) => !isIdle);

  function ask<Result>(
    call: Asked,
    precision: PrecisionWanted,
    signal: AbortSignal,
    task: (
      lease: Lease<OpenModel>,
      signal: AbortSignal,
    ) => { readonly begun: Promise<void>; readonly done: Promise<Result> },
  ): Promise<Result> {
    const deadline = deadlineOf(call.deadlineMs ?? DEADLINE_MS);
    const either = AbortSignal.any([signal, deadline.signal]);
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const priority = WAITERS.indexOf(call.waiter ?? 'post');
    enter({
      folder: call.folder,
      device: call.device ?? device,
      precision,
      priority,
      signal: either,
      async begin(lease) {
        try {
          const { begun, done } = task(lease, either);
          done.then(resolve, reject).finally(() => lease.giveBack());
          await begun;
        } catch (error) {
          await lease.giveBack();
          reject(error);
        }
      },
      refuse: reject,
    });
    return promise.then(
      (result) => {
        deadline.clear();
        requests.answered++;
        return result;
      },
      (error) => {
        deadline.clear();
        requests.failed++;
        throw error;
      },
    );
  }

  /** Where too many wait, the last of those that are less urgent goes; where nobody is, the newcomer. */
  function enter(newcomer: Waiting): void {
    if (waiting.length >= maxWaiting) {
      const last = waiting.findLastIndex(({ priority }) => priority < newcomer.priority);
      const refused = last === -1 ? newcomer : waiting.splice(last, 1)[0]!;
      requests.refused++;
      const busyError = `The model host is busy: ${maxWaiting} requests wait already`;
      refused.refuse(new WorldError(busyError, { retryable: true }));
      if (refused === newcomer) return;
    }
    waiting.push(newcomer);
    work ??= turns().finally(() => {
      work = undefined;
    });
  }

  async function turns(): Promise<void> {
    await yieldTurn(); // what arrives together is seen together
    while (waiting.length > 0 || busy().length > 0) {
      await letIn();
      await step();
      await yieldTurn();
    }
  }

  async function letIn(): Promise<void> {
    for (const one of waiting.filter(({ signal }) => signal.aborted)) {
      waiting.splice(waiting.indexOf(one), 1);
      one.refuse(one.signal.reason);
    }
    for (const one of waiting.toSorted((a, b) => b.priority - a.priority)) {
      // Those that wait within a batch can no longer be refused, or be overtaken by a score.
      if (busy().some((batch) => batch.figures().waiting > 0 && batch.priority >= one.priority)) return;
      let lease: Lease<OpenModel> | undefined;
      try {
        lease = await models.lease(one.folder, one.device, one.precision);
      } catch (error) {
        waiting.splice(waiting.indexOf(one), 1);
        one.refuse(error);
        continue;
      }
      // Let in past it, others would go on filling the room that it waits for.
      if (!lease) return;
      waiting.splice(waiting.indexOf(one), 1);
      await one.begin(lease);
    }
  }

  /** Only the batches of the most urgent requests are written on. */
  async function step(): Promise<void> {
    for (const batch of busy()) batch.sendAwayCancelled();
    const all = busy();
    const most = Math.max(...all.map(({ priority }) => priority));
    for (const batch of all.filter(({ priority }) => priority === most)) {
      const begun = now();
      const before = batch.figures();
      try {
        await batch.step();
      } catch (error) {
        batch.failAll(error);
      }
      const after = batch.figures();
      written.tokens += after.tokens - before.tokens;
      written.steps += after.steps - before.steps;
      written.milliseconds += now() - begun;
    }
  }

  function batchOf({ model }: OpenModel): Batch {
    const batch = batches.get(model.network) ?? new Batch(model, places);
    // Those of models that were let go would hold their memory.
    for (const [network, other] of batches) if (other.isIdle && network !== model.network) batches.delete(network);
    batches.set(model.network, batch);
    return batch;
  }

  return {
    generate(call, signal) {
      const arrived = now();
      const precision = call.bits === 'chosen' ? { rows: call.count } : { bits: call.bits };
      return ask(call, precision, signal, (lease, either) => {
        const { model, bits, bitsHash } = lease.model;
        const writing = writingOf(model, call, { signal: either });
        if (writing.cut > 0) onCut?.(model.name, writing.cut);
        onBegin?.(model.name, waiting.length + 1);
        const generated = batchOf(lease.model).write({
          ...writing,
          priority: WAITERS.indexOf(call.waiter ?? 'post'),
          onFirstToken() {
            firstToken.count++;
            firstToken.seconds += (now() - arrived) / 1000;
          },
        });
        const used = { name: model.name, hash: model.hash, ...(bits && { bits, bitsHash }) };
        const done = generated.then((texts) => ({ model: used, generated: texts }));
        return { begun: Promise.resolve(), done };
      });
    },

    score: (call, signal) =>
      ask(call, {}, signal, (lease, either) => {
        const { model } = lease.model;
        const goOn = async () => {
          await yieldTurn(); // a cancel is a message, and a deadline a timer
          either.throwIfAborted();
        };
        const done = scoreAnswers(model, call.texts, call.context, goOn).then((scores) => ({
          model: { name: model.name, hash: model.hash },
          scores,
        }));
        return { begun: done.then(nothing, nothing), done };
      }),

    figures() {
      const each = [...batches.values()].map((batch) => batch.figures());
      return {
        waiting: waiting.length + each.reduce((sum, figures) => sum + figures.waiting, 0),
        rows: each.reduce((sum, { rows }) => sum + rows, 0),
        models: models.held().map(({ folder, bytes, model }) => ({
          folder,
          bytes,
          device: model?.model.network.device ?? null,
          ...(model?.bits && { bits: model.bits }),
        })),
        cacheBytes: each.reduce((sum, figures) => sum + figures.cacheBytes, 0),
        tokens: written.tokens,
        steps: written.steps,
        tokensPerSecond: written.milliseconds > 0 ? (1000 * written.tokens) / written.milliseconds : null,
        requests: { ...requests },
        firstToken: { ...firstToken },
      };
    },

    async idle() {
      while (work) await work;
    },
  };
}

const nothing = () => {};

function deadlineOf(milliseconds: number): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const late = () =>
    controller.abort(
      new WorldError(`The model host did not answer within ${milliseconds / 1000} seconds`, { retryable: true }),
    );
  const timer = setTimeout(late, milliseconds);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}
