/** The models that a host has open: each base once on a device, and the adapters that stand on it beside it. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { UserError } from '../errors.ts';
import { chooseDevice } from '../model/choose-device.ts';
import { openDeviceNetwork } from '../model/device-network.ts';
import { fallingBack } from '../model/falling-back.ts';
import { type MeasuredDevices, measureDevices } from '../model/measure-devices.ts';
import { adaptedModel, type Model, openModel } from '../model/model.ts';
import { modelFiles } from '../model/model-files.ts';
import { type ModelFolder, readModelFolder } from '../model/model-folder.ts';
import { modelHash } from '../model/model-hash.ts';
import { openNetwork } from '../model/network.ts';
import { ADAPTER_WEIGHTS, baseFolder, isAdapter } from '../model/peft.ts';
import { reasonOf } from '../model/reason-of.ts';
import type { Device, DeviceSetting } from '../persona/device.ts';
import { type Held, type Inspected, type Lease, type ModelCache, modelCache } from './model-cache.ts';

export interface OpenModel extends Held {
  readonly model: Model;
}

export interface OpenModelsOptions {
  readonly budgetBytes: number;
  /** Where it is kept what `auto` came to; without it, it is measured again each time. */
  readonly deviceFile?: string | undefined;
  /** A device was measured to be the best for a model. */
  readonly onChosen?: (model: string, chosen: MeasuredDevices) => void;
  /** A model's device failed, and the CPU goes on. */
  readonly onLost?: (model: string, device: Device, why: string) => void;
}

export interface OpenModels extends Pick<ModelCache<OpenModel>, 'clear' | 'held'> {
  /** As that of `ModelCache`. @throws UserError also where the device that is asked for does not work here. */
  lease(folder: string, device: DeviceSetting): Promise<Lease<OpenModel> | undefined>;
}

export function openModels({ budgetBytes, deviceFile, onChosen, onLost }: OpenModelsOptions): OpenModels {
  const models: ModelCache<OpenModel> = modelCache({
    budgetBytes,
    inspect: (key) => inspect(wantedBy(key).folder),
    open,
    folderOf: (key) => wantedBy(key).folder,
  });

  /** What `auto` came to, by the version of the files and their folder. */
  const chosen = new Map<string, Device>();

  async function open(key: string): Promise<OpenModel> {
    const { folder, device } = wantedBy(key);
    if (!isAdapter(folder)) {
      const model = await openModel(folder, (files) => openOn(files, device));
      return { model, release: () => model.network.release() };
    }
    const base = await models.lease(keyOf(baseFolder(folder), device));
    // Its bytes were counted when the adapter was let in, and nothing else is let in meanwhile.
    if (!base) throw new Error(`No room for the base of ${folder}`);
    try {
      return { model: await adaptedModel(base.model.model, folder), release: () => base.giveBack() };
    } catch (error) {
      await base.giveBack();
      throw error;
    }
  }

  async function openOn(files: ModelFolder, device: Device) {
    if (device === 'cpu') return await openNetwork(files);
    const name = path.basename(path.resolve(files.folder));
    return fallingBack(
      await openDeviceNetwork(files, device).catch((error) => refuse(device, error)),
      () => openNetwork(files),
      (lost, why) => onLost?.(name, lost, why),
    );
  }

  async function deviceFor(folder: string, setting: DeviceSetting): Promise<Device> {
    if (setting !== 'auto') return setting;
    const base = baseFolder(folder);
    const { bytes, version } = inspect(base);
    if (2 * bytes > budgetBytes) return 'cpu'; // while it is measured, its weights are there twice
    const known = chosen.get(`${version} ${base}`);
    if (known) return known;
    const files = readModelFolder(base);
    const device = await chooseDevice({
      file: deviceFile,
      modelHash: await modelHash(base),
      measure: async (others) => {
        const on = (device: Device) => (device === 'cpu' ? openNetwork(files) : openDeviceNetwork(files, device));
        return await measureDevices(others, { config: files.config, open: on, now: () => performance.now() });
      },
      onChosen: (measured) => onChosen?.(path.basename(path.resolve(base)), measured),
    });
    chosen.set(`${version} ${base}`, device);
    return device;
  }

  return {
    lease: async (folder, setting) => await models.lease(keyOf(folder, await deviceFor(folder, setting))),
    clear: () => models.clear(),
    held: () => models.held(),
  };
}

function refuse(device: Device, error: unknown): never {
  if (error instanceof UserError) throw error;
  throw new UserError(`device: expected ${device} to work on this machine, found: ${reasonOf(error)}`, {
    hint: 'Say device: auto in persona.yaml, which takes the quickest of those that work',
    cause: error,
  });
}

/** A model on a device, as one text. */
const keyOf = (folder: string, device: Device) => `${device} ${folder}`;

function wantedBy(key: string): { readonly folder: string; readonly device: Device } {
  const space = key.indexOf(' ');
  return { device: key.slice(0, space) as Device, folder: key.slice(space + 1) };
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
