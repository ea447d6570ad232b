/** The thread that holds models. `run()` of onnxruntime blocks its thread; here it blocks nobody else. */
import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { keepOutOfReports } from '../environment.ts';
import { WorldError } from '../errors.ts';
import type { Answer, Call, FromClient, HostAnswers } from './host-calls.ts';
import type { ModelHostOptions, Told } from './model-host.ts';
import { openModels } from './open-models.ts';
import { serveModels } from './serve-models.ts';
import { packError } from './thread-errors.ts';

keepOutOfReports();
const { budgetBytes, maxWaiting, places, device, deviceFile }: ModelHostOptions = workerData;
const tell = (told: Told) => parentPort?.postMessage(told);
const stopping = new AbortController();
const models = openModels({
  budgetBytes,
  deviceFile,
  stopping: stopping.signal,
  onChosen: (model, chosen) => tell({ chosen: { model, ...chosen } }),
  onLost: (model, lost, why) => tell({ lost: { model, device: lost, why } }),
});
const served = serveModels({
  models,
  device,
  maxWaiting,
  places,
  now: () => performance.now(),
  yieldTurn: () => turn(),
  onBegin: (model, requests) => tell({ began: { model, requests } }),
  onCut: (model, tokens) => tell({ cut: { model, tokens } }),
});
const running = new Map<number, AbortController>();

parentPort?.on('message', async (message: FromClient | 'stop') => {
  if (message === 'stop') await stop();
  else if ('cancel' in message) running.get(message.cancel)?.abort();
  else parentPort?.postMessage(await answer(message.id, message.call));
});

/** Ended from outside in the middle of a run, onnxruntime would take the whole process with it (Napi::Error). */
async function stop(): Promise<void> {
  stopping.abort(new WorldError('The model host stopped before it answered', { retryable: true }));
  await served.idle();
  await models.clear();
  parentPort?.close();
}

async function answer(id: number, call: Call): Promise<Answer> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    return { id, result: await handle(call, AbortSignal.any([controller.signal, stopping.signal])) };
  } catch (error) {
    return { id, error: packError(error) };
  } finally {
    running.delete(id);
  }
}

async function handle(call: Call, signal: AbortSignal): Promise<HostAnswers[Call['kind']]> {
  switch (call.kind) {
    case 'generate':
      return await served.generate(call, signal);
    case 'score':
      return await served.score(call, signal);
    case 'figures':
      return { ...served.figures(), restarts: 0 };
  }
}
