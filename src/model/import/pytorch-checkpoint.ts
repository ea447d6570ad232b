/** Weights as torch.save writes them: a zip with a pickle and the storages, or, before PyTorch 1.6, one pickle after another. */
import { stat } from 'node:fs/promises';
import { Budget, LIMITS } from '../../archive/container-limits.ts';
import { openZip } from '../../archive/container-zip.ts';
import type { Entry } from '../../archive/format.ts';
import { PickleCut, PickleError, type ReadPickle, readPickle } from './pickle.ts';
import { extentOf, gather, stateDict, type TorchStorage, type TorchTensor, torchHandlers } from './pytorch-pickle.ts';
import { readRange } from './read-range.ts';
import { readShards } from './safetensors-checkpoint.ts';
import { byParameterName, type Checkpoint, type StoredTensor, unusable } from './stored-tensor.ts';

/** Of a pickle of names, shapes and the like; a GPT-2's has some tens of kB, with its optimizer's state some hundreds. */
const LONGEST_PICKLE = 16 << 20; // bytes
const FIRST_LOOK = 1 << 20; // bytes

interface TorchFile {
  readonly tensors: readonly StoredTensor[];
  close(): void;
}

export async function openPytorch(file: string): Promise<Checkpoint> {
  const { tensors, close } = await openTorchFile(file);
  return { format: 'PyTorch', file, tensors: byParameterName(file, tensors), close };
}

/** @param index `pytorch_model.bin.index.json`, with its shards beside it. */
export async function openShardedPytorch(index: string): Promise<Checkpoint> {
  const opened: TorchFile[] = [];
  const close = () => {
    for (const file of opened) file.close();
  };
  try {
    const tensors = await readShards(index, async (shard) => {
      const file = await openTorchFile(shard);
      opened.push(file);
      return file.tensors;
    });
    return { format: 'PyTorch', file: index, tensors: byParameterName(index, tensors), close };
  } catch (error) {
    close();
    throw error;
  }
}

async function openTorchFile(file: string): Promise<TorchFile> {
  const size = await sizeOf(file);
  const head = Buffer.from(await readRange(file, 0, Math.min(size, 4)));
  return head.toString('latin1') === 'PK\x03\x04' ? openZipped(file, size) : openLegacy(file, size);
}

/** Whether a zip was written by torch.save; else it is somebody's archive. */
export async function isTorchZip(file: string): Promise<boolean> {
  const { entries, close } = await openZipOf(file, await sizeOf(file));
  close();
  return entries.some(({ path }) => PICKLE.test(path));
}

const PICKLE = /(^|\/)data\.pkl$/;

function openZipOf(file: string, size: number): ReturnType<typeof openZip> {
  const budget = new Budget(LIMITS);
  budget.allow(size);
  return openZip(file, file, budget);
}

type ReadStorage = (storage: TorchStorage, begin: number, end: number) => Promise<Uint8Array>;

function storedTensors(tensors: ReadonlyMap<string, TorchTensor>, readStorage: ReadStorage): StoredTensor[] {
  return [...tensors].map(([name, tensor]) => ({
    name,
    dtype: tensor.storage.dtype,
    shape: tensor.shape,
    async read() {
      const [begin, end] = extentOf(tensor);
      return gather(tensor, await readStorage(tensor.storage, begin, end), begin);
    },
  }));
}

async function openZipped(file: string, size: number): Promise<TorchFile> {
  const { entries, close } = await openZipOf(file, size);
  try {
    const byPath = new Map(entries.map((entry) => [entry.path, entry]));
    const pickle = entries.find(({ path }) => PICKLE.test(path));
    if (!pickle) throw unusable(file, 'a file of torch.save', 'a zip without data.pkl');
    if (pickle.size > LONGEST_PICKLE) throw unusable(file, 'a data.pkl of some kB', `${pickle.size} bytes`);
    const prefix = pickle.path.slice(0, -'data.pkl'.length);
    const order = byPath.get(`${prefix}byteorder`);
    if (order && (await order.head(8)).toString() !== 'little') throw unusable(file, 'little-endian weights', 'others');

    const { value } = unpickle(file, await pickle.head(pickle.size));
    const readStorage: ReadStorage = async (storage, begin, end) => {
      const entry = byPath.get(`${prefix}data/${storage.key}`);
      const bytes = storage.count * storage.elementBytes;
      if (entry?.size !== bytes) {
        throw unusable(file, `${bytes} bytes in data/${storage.key}`, entry ? `${entry.size}` : 'no such entry');
      }
      return readStretch(entry, begin * storage.elementBytes, end * storage.elementBytes);
    };
    return { tensors: storedTensors(stateDict(file, value), readStorage), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Bytes `begin` to `end` of an entry; all of it are checked against its checksum only where all are read. */
async function readStretch(entry: Entry, begin: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - begin);
  let at = 0;
  for await (const chunk of (await entry.open()) as AsyncIterable<Buffer>) {
    const from = Math.max(begin - at, 0);
    const until = Math.min(end - at, chunk.length);
    if (from < until) bytes.set(chunk.subarray(from, until), at + from - begin);
    at += chunk.length;
    if (at >= end && end < entry.size) break;
  }
  return bytes;
}

const MAGIC = 0x1950a86a20f9469cfc6cn;

/** A magic number, a version, what machine it was, the tensors, and the keys of the storages: one pickle each. Then these. */
async function openLegacy(file: string, size: number): Promise<TorchFile> {
  const storages = new Map<string, TorchStorage>();
  const pickles = await readPickles(file, size, storages);
  const [magic, , machine, value, keys] = pickles.map((pickle) => pickle.value);
  if (magic !== MAGIC) throw unusable(file, 'a file of torch.save', 'another pickle');
  if (machine instanceof Map && machine.get('little_endian') === false) {
    throw unusable(file, 'little-endian weights', 'others');
  }
  const offsets = new Map<string, number>();
  let at = pickles.at(-1)!.end;
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage) throw unusable(file, 'storages of its tensors', `one more, ${String(key).slice(0, 40)}`);
    const count = Buffer.from(await readRange(file, at, 8)).readBigInt64LE();
    if (count !== BigInt(storage.count)) throw unusable(file, `${storage.count} elements in a storage`, `${count}`);
    offsets.set(storage.key, at + 8);
    at += 8 + storage.count * storage.elementBytes;
  }
  if (at !== size) throw unusable(file, `${at} bytes`, `${size < at ? 'a file cut short' : 'a longer file'}, ${size}`);

  const readStorage: ReadStorage = async ({ key, elementBytes }, begin, end) => {
    const offset = offsets.get(key);
    if (offset === undefined) throw unusable(file, 'the storages of its tensors', 'one less');
    return readRange(file, offset + begin * elementBytes, (end - begin) * elementBytes);
  };
  return { tensors: storedTensors(stateDict(file, value ?? null), readStorage), close: () => {} };
}

const LEGACY_PICKLES = 5;

/** Their length is known only once they are read: with more of the file where the first bytes do not do. */
async function readPickles(file: string, size: number, storages: Map<string, TorchStorage>): Promise<ReadPickle[]> {
  for (let length = Math.min(FIRST_LOOK, size); ; length = Math.min(4 * length, size)) {
    const bytes = await readRange(file, 0, length);
    storages.clear();
    const read: ReadPickle[] = [];
    try {
      while (read.length < LEGACY_PICKLES)
        read.push(readPickle(bytes, torchHandlers(file, storages), read.at(-1)?.end));
      return read;
    } catch (error) {
      if (!(error instanceof PickleCut) || length === size || length >= LONGEST_PICKLE) throw asUserError(file, error);
    }
  }
}

function unpickle(file: string, bytes: Uint8Array): ReadPickle {
  try {
    return readPickle(bytes, torchHandlers(file));
  } catch (error) {
    throw asUserError(file, error);
  }
}

function asUserError(file: string, error: unknown): unknown {
  return error instanceof PickleError ? unusable(file, 'a file of torch.save', error.message, error) : error;
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw unusable(file, 'a file that can be read', 'none', error);
  }
}
