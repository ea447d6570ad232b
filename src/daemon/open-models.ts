/** The models that a host has open: each base once, and the adapters that stand on it beside it. */
import { statSync } from 'node:fs';
import { adaptedModel, type Model, openModel } from '../model/model.ts';
import { modelFiles } from '../model/model-files.ts';
import { ADAPTER_WEIGHTS, baseFolder, isAdapter } from '../model/peft.ts';
import { type Held, type Inspected, type ModelCache, modelCache } from './model-cache.ts';

export interface OpenModel extends Held {
  readonly model: Model;
}

export function openModels(budgetBytes: number): ModelCache<OpenModel> {
  const models: ModelCache<OpenModel> = modelCache({ budgetBytes, inspect, open });

  async function open(folder: string): Promise<OpenModel> {
    if (!isAdapter(folder)) {
      const model = await openModel(folder);
      return { model, release: () => model.network.release() };
    }
    const base = await models.lease(baseFolder(folder));
    // Its bytes were counted when the adapter was let in, and nothing else is let in meanwhile.
    if (!base) throw new Error(`No room for the base of ${folder}`);
    try {
      return { model: await adaptedModel(base.model.model, folder), release: () => base.giveBack() };
    } catch (error) {
      await base.giveBack();
      throw error;
    }
  }

  return models;
}

/** Weights take up to twice their size on disk: half precision is held as float32, and onnxruntime packs some a second time. */
const TIMES_ON_DISK = 2;

function inspect(folder: string): Inspected {
  const files = modelFiles(folder);
  const stats = files.map((file) => statSync(file, { throwIfNoEntry: false }));
  const weights = (isOwn: (file: string) => boolean) =>
    TIMES_ON_DISK *
    stats.reduce(
      (sum, stat, index) =>
        sum + (files[index]!.endsWith('.safetensors') && isOwn(files[index]!) ? (stat?.size ?? 0) : 0),
      0,
    );
  const ofAdapter = (file: string) => file.endsWith(ADAPTER_WEIGHTS);
  const version = stats.map((stat) => (stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : 'none')).join();
  if (!isAdapter(folder)) return { bytes: weights(() => true), version };
  return { bytes: weights(ofAdapter), standsOn: weights((file) => !ofAdapter(file)), version };
}
