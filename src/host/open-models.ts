/** The models that a host has open: each base once on a device, and the adapters that stand on it beside it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { UserError } from '../errors.ts';
import { chooseDevice, forgetDevice } from '../model/choose-device.ts';
import { openDeviceNetwork } from '../model/device-network.ts';
import { fallingBack } from '../model/falling-back.ts';
import { type MeasuredDevices, measureDevices } from '../model/measure-devices.ts';
import { adaptedModel, type Model, openModel } from '../model/model.ts';
import { modelFiles, versionOf } from '../model/model-files.ts';
import { type ModelFolder, readModelFolder } from '../model/model-folder.ts';
import { modelHash } from '../model/model-hash.ts';
import { openNetwork } from '../model/network.ts';
import { baseFolder, isAdapter } from '../model/peft.ts';
import { choosePrecision, type Precision } from '../model/quantization/choose-precision.ts';
import { measuredGain } from '../model/quantization/measured-speed.ts';
import { folderOfBits, sourceOf } from '../model/quantization/precision.ts';
import type { Bits } from '../model/quantization/quantization.ts';
import { reasonOf } from '../model/reason-of.ts';
import { readSafetensors } from '../model/safetensors.ts';
import { weightBytes } from '../model/weight-bytes.ts';
import type { Device, DeviceSetting } from '../persona/device.ts';
import { type Held, type Inspected, type Lease, type ModelCache, modelCache } from './model-cache.ts';

export interface OpenModel extends Held {
  readonly model: Model;
  /** Of a weight, where it is open in fewer than it came in. */
  readonly bits?: Bits;
  /** Of the weights in those bits. */
  readonly bitsHash?: string | undefined;
}

/** A precision, or so many rows to choose one for; with neither, as the model came, where that fits into memory. */
export interface PrecisionWanted {
  readonly bits?: Bits | undefined;
  readonly rows?: number;
}

export interface OpenModelsOptions {
  readonly budgetBytes: number;
  /** Where it is kept what `auto` came to; without it, it is measured again each time. */
  readonly deviceFile?: string | undefined;
  /** Whoever stops while devices are measured does not wait for all of them. */
  readonly stopping?: AbortSignal;
  /** A device was measured to be the best for a model. */
  readonly onChosen?: (model: string, chosen: MeasuredDevices) => void;
  /** A model's device failed, and the CPU goes on. */
  readonly onLost?: (model: string, device: Device, why: string) => void;
}

export interface OpenModels extends Pick<ModelCache<OpenModel>, 'clear' | 'held'> {
  /** As that of `ModelCache`. @throws UserError also where the device or the precision that is asked for is not there. */
  lease(folder: string, device: DeviceSetting, precision?: PrecisionWanted): Promise<Lease<OpenModel> | undefined>;
}

export function openModels(options: OpenModelsOptions): OpenModels {
  const { budgetBytes, deviceFile, stopping, onChosen, onLost } = options;
  const models: ModelCache<OpenModel> = modelCache({
    budgetBytes,
    inspect: (key) => ({ ...inspect(wantedBy(key)), standsOn: baseKeyOf(key) }),
    open,
    folderOf: (key) => wantedBy(key).folder,
  });

  /** What `auto` came to, by the version of the files and their folder. */
  const chosen = new Map<string, Device>();

  /** The keys of bases on which an adapter was opened. */
  const adapted = new Set<string>();

  async function open(key: string, base: OpenModel | undefined): Promise<OpenModel> {
    const { folder, device, bits } = wantedBy(key);
    if (base) {
      const model = await adaptedModel(base.model, folder);
      return { model, ...(bits && { bits, bitsHash: base.bitsHash }), release: async () => {} };
    }
    const network = { device, adapted: adapted.has(key) };
    const opened = await openModel(bits ? folderOfBits(folder, bits) : folder, (files) => openOn(files, network));
    const release = () => opened.network.release();
    if (!bits) return { model: opened, release };
    const own = { name: path.basename(path.resolve(folder)), hash: await modelHash(folder) };
    return { model: { ...opened, ...own }, bits, bitsHash: opened.hash, release };
  }

  async function openOn(
    files: ModelFolder,
    { device, adapted }: { readonly device: Device; readonly adapted: boolean },
  ) {
    if (device === 'cpu') return await openNetwork(files, { adapted });
    const name = path.basename(path.resolve(files.folder));
    return fallingBack(
      await openDeviceNetwork(files, device).catch((error) => refuse(device, error)),
      () => openNetwork(files, { adapted }),
      (lost, why) => onLost?.(name, lost, why),
    );
  }

  async function deviceFor(folder: string, setting: DeviceSetting): Promise<Device> {
    if (setting !== 'auto') return setting;
    const base = baseFolder(folder);
    const { bytes, version } = inspect({ folder: base });
    if (2 * bytes > budgetBytes) return 'cpu'; // while it is measured, its weights are there twice
    const known = chosen.get(`${version} ${base}`);
    if (known) return known;
    const files = readModelFolder(base);
    const device = await chooseDevice({
      file: deviceFile,
      modelHash: await modelHash(base),
      measure: async (others) => {
        const on = (device: Device) => (device === 'cpu' ? openNetwork(files) : openDeviceNetwork(files, device));
        const measuring = { config: files.config, open: on, now: () => performance.now(), signal: stopping };
        return await measureDevices(others, measuring);
      },
      onChosen: (measured) => onChosen?.(path.basename(path.resolve(base)), measured),
    });
    chosen.set(`${version} ${base}`, device);
    return device;
  }

  /** @throws UserError where the precision that is asked for is not there. */
  async function bitsFor(folder: string, { bits, rows }: PrecisionWanted): Promise<Bits | undefined> {
    const base = baseFolder(folder);
    const made = await madeFrom(base);
    if (bits) {
      if (made.includes(bits)) return bits;
      throw new UserError(`${folderOfBits(base, bits)}: expected the model as it is now in ${bits} bits, found none`, {
        hint: `eidolon model quantize ${path.basename(path.resolve(base))} --bits ${bits}`,
      });
    }
    if (made.length === 0) return undefined;
    const all = made.map(
      (each): Precision => ({
        bits: each,
        bytes: inspect({ folder: base, bits: each }).bytes,
        gain: measuredGain(folderOfBits(base, each)),
      }),
    );
    const room = budgetBytes - (isAdapter(folder) ? inspect({ folder }).bytes : 0);
    const own: Precision = { bytes: inspect({ folder: base }).bytes };
    return choosePrecision(own, all, { rows, budgetBytes: room }).bits;
  }

  async function leaseOn(device: Device, folder: string, precision: PrecisionWanted) {
    const bits = device === 'cpu' ? await bitsFor(folder, precision) : undefined;
    const key = keyOf({ folder, device, bits });
    const base = baseKeyOf(key);
    if (base) adapted.add(base);
    return await models.lease(key);
  }

  /** It was there when it was measured. */
  async function goOnWithout(device: Device, folder: string, why: string): Promise<void> {
    const base = baseFolder(folder);
    forgetDevice({ file: deviceFile, modelHash: await modelHash(base) });
    chosen.set(`${inspect({ folder: base }).version} ${base}`, 'cpu');
    onLost?.(path.basename(path.resolve(base)), device, why);
  }

  return {
    async lease(folder, setting, precision = {}) {
      const device = await deviceFor(folder, setting);
      try {
        return await leaseOn(device, folder, precision);
      } catch (error) {
        if (setting !== 'auto' || !(error instanceof DeviceFailure)) throw error;
        await goOnWithout(device, folder, reasonOf(error.cause));
        return await leaseOn('cpu', folder, precision);
      }
    },
    clear: () => models.clear(),
    held: () => models.held(),
  };
}

/** A device that is there does not open. */
class DeviceFailure extends UserError {}

function refuse(device: Device, error: unknown): never {
  if (error instanceof UserError) throw error;
  throw new DeviceFailure(`device: expected ${device} to work on this machine, found: ${reasonOf(error)}`, {
    hint: 'Say device: auto in persona.yaml, which takes the quickest of those that work',
    cause: error,
  });
}

/** The precisions of a model that are there, and are of the model as it is now. */
async function madeFrom(base: string): Promise<readonly Bits[]> {
  const name = path.basename(path.resolve(base));
  const made: Bits[] = [];
  for (const bits of [8, 4] as const) {
    const source = sourceOf(folderOfBits(base, bits));
    if (source?.name === name && source.hash === (await modelHash(base))) made.push(bits);
  }
  return made;
}

interface Wanted {
  readonly folder: string;
  readonly device: Device;
  readonly bits?: Bits | undefined;
}

/** A model on a device in a precision, as one text. */
const keyOf = ({ folder, device, bits }: Wanted) => `${device} ${bits ?? '-'} ${folder}`;

/** Of an adapter, on the same device and in the same precision. */
function baseKeyOf(key: string): string | undefined {
  const wanted = wantedBy(key);
  return isAdapter(wanted.folder) ? keyOf({ ...wanted, folder: baseFolder(wanted.folder) }) : undefined;
}

function wantedBy(key: string): Wanted {
  const [device, bits, ...folder] = key.split(' ');
  return {
    device: device as Device,
    bits: bits === '8' ? 8 : bits === '4' ? 4 : undefined,
    folder: folder.join(' '),
  };
}

function inspect({ folder, bits }: Pick<Wanted, 'folder' | 'bits'>): Inspected {
  const base = baseFolder(folder);
  const ofBase = modelFiles(bits ? folderOfBits(base, bits) : base);
  const own = isAdapter(folder) ? modelFiles(folder).filter((file) => !modelFiles(base).includes(file)) : [];
  const version = [...ofBase, ...own].map(versionOf).join();
  return { bytes: bytesInMemory(own.length === 0 ? ofBase : own), version };
}

/** By the version of the file: headers are not read again at every request. */
const known = new Map<string, number>();

function bytesInMemory(files: readonly string[]): number {
  const weights = files.filter((file) => file.endsWith('.safetensors') && existsSync(file));
  return weights.reduce((sum, file) => {
    const version = `${versionOf(file)} ${file}`;
    const bytes = known.get(version) ?? weightBytes(readSafetensors(file));
    known.set(version, bytes);
    return sum + bytes;
  }, 0);
}
