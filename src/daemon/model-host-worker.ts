/** The thread that holds models. `run()` of onnxruntime blocks its thread; here it blocks nobody else. */
import { statSync } from 'node:fs';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { WorldError } from '../errors.ts';
import { generate } from '../generation/generate.ts';
import { scoreAnswers } from '../generation/score-answers.ts';
import { openModel } from '../model/model.ts';
import { modelFiles } from '../model/model-files.ts';
import { type Held, modelCache } from './model-cache.ts';
import type { Answer, Began, Call, FromClient, HostAnswers, ModelHostOptions, Order } from './model-host.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { packError } from './thread-errors.ts';

const { budgetBytes, maxWaiting }: ModelHostOptions = workerData;
const line = oneAtATime(maxWaiting);
const models = modelCache({ budgetBytes, open: openHeld, inspect });

const ports = new Set<MessagePort>();
const stopping = new AbortController();

parentPort?.on('message', (order: Order) => {
  if (order === 'stop') void stop();
  else serve(order.port);
});

/** Ended from outside in the middle of a run, onnxruntime would take the whole process with it (Napi::Error). */
async function stop(): Promise<void> {
  stopping.abort(new WorldError('The model host stopped before it answered', { retryable: true }));
  await line.idle();
  await models.clear();
  for (const port of ports) port.close();
  parentPort?.close();
}

function serve(port: MessagePort): void {
  const running = new Map<number, AbortController>();
  ports.add(port);

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

  port.on('message', async (message: FromClient) => {
    if ('cancel' in message) running.get(message.cancel)?.abort();
    else port.postMessage(await answer(message.id, message.call));
  });
  port.on('close', () => {
    ports.delete(port);
    for (const controller of running.values()) controller.abort(); // nobody waits for these any more
  });
}

async function handle(call: Call, signal: AbortSignal): Promise<HostAnswers[Call['kind']]> {
  switch (call.kind) {
    case 'generate': {
      const { folder, ...request } = call;
      return line.run(async () => {
        const { model } = await models.get(folder);
        parentPort?.postMessage({ model: model.name, requests: line.waiting + 1 } satisfies Began);
        return { model: { name: model.name, hash: model.hash }, generated: await generate(model, request, { signal }) };
      }, signal);
    }
    case 'score':
      return line.run(async () => {
        const { model } = await models.get(call.folder);
        return {
          model: { name: model.name, hash: model.hash },
          scores: await scoreAnswers(model, call.texts, call.context),
        };
      }, signal);
    case 'figures':
      return { device: 'cpu', waiting: line.waiting, models: models.held() };
  }
}

async function openHeld(folder: string): Promise<Held & { readonly model: Awaited<ReturnType<typeof openModel>> }> {
  const model = await openModel(folder);
  return { model, release: () => model.network.release() };
}

/** Weights take up to twice their size on disk: half precision is held as float32, and onnxruntime packs some a second time. */
function inspect(folder: string) {
  const files = modelFiles(folder);
  const stats = files.map((file) => statSync(file, { throwIfNoEntry: false }));
  const weights = stats.filter((_, index) => files[index]?.endsWith('.safetensors'));
  return {
    bytes: 2 * weights.reduce((sum, stat) => sum + (stat?.size ?? 0), 0),
    version: stats.map((stat) => (stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : 'none')).join(),
  };
}
