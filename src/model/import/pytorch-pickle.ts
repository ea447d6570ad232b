/** What torch.save's pickles say of tensors: where each lies in which storage. Nothing of them is executed. */
import { type Pickled, type PickledGlobal, PickleError, type PickleHandlers } from './pickle.ts';
import { type ElementType, unusable } from './stored-tensor.ts';

/** One run of elements, of which tensors are views. */
export class TorchStorage {
  readonly key: string;
  readonly dtype: ElementType;
  /** Of its elements. */
  readonly count: number;
  /** Bytes of one element. */
  readonly elementBytes: number;

  constructor(key: string, count: number, type: StorageType) {
    this.key = key;
    this.count = count;
    this.dtype = type.dtype;
    this.elementBytes = type.elementBytes;
  }
}

export class TorchTensor {
  readonly storage: TorchStorage;
  /** Of the first element in its storage; like the strides, in elements. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(storage: TorchStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

interface StorageType {
  readonly dtype: ElementType;
  readonly elementBytes: number;
}

const STORAGES: ReadonlyMap<string, StorageType> = new Map(
  Object.entries({
    Float: { dtype: 'F32', elementBytes: 4 },
    Half: { dtype: 'F16', elementBytes: 2 },
    BFloat16: { dtype: 'BF16', elementBytes: 2 },
    Double: { dtype: 'F64', elementBytes: 8 },
    Bool: { dtype: 'other', elementBytes: 1 },
    Byte: { dtype: 'other', elementBytes: 1 },
    Char: { dtype: 'other', elementBytes: 1 },
    Short: { dtype: 'other', elementBytes: 2 },
    Int: { dtype: 'other', elementBytes: 4 },
    Long: { dtype: 'other', elementBytes: 8 },
  } satisfies Record<string, StorageType>).map(([name, type]) => [`torch.${name}Storage`, type]),
);

const REBUILD_TENSOR = 'torch._utils._rebuild_tensor_v2';
const REBUILD_PARAMETER = 'torch._utils._rebuild_parameter';
const ORDERED_DICT = 'collections.OrderedDict';
const KNOWN = new Set([REBUILD_TENSOR, REBUILD_PARAMETER, ORDERED_DICT, ...STORAGES.keys()]);

/** @param file for messages. @param storages is told of every storage, by its key. */
export function torchHandlers(file: string, storages = new Map<string, TorchStorage>()): PickleHandlers {
  return {
    global(name) {
      if (!KNOWN.has(name)) throw unusable(file, 'tensors and nothing that runs', `${name}, which was not run`);
    },
    call(name, args) {
      if (name === ORDERED_DICT) return orderedDict(args);
      const [first, ...others] = args;
      if (name === REBUILD_PARAMETER && first instanceof TorchTensor) return first;
      if (name === REBUILD_TENSOR) return rebuildTensor(first, others);
      throw new PickleError(`a call of ${name} that torch.save does not write`);
    },
    persistent(id) {
      const storage = storageOf(id);
      storages.set(storage.key, storage);
      return storage;
    },
  };
}

function orderedDict([items = []]: readonly Pickled[]): Pickled {
  const pairs = Array.isArray(items) ? items : [];
  return new Map(pairs.map((pair): [Pickled, Pickled] => (Array.isArray(pair) ? [pair[0]!, pair[1]!] : [pair, null])));
}

/** ('storage', its type, its key, the device it was on, its elements); a sixth is a view, which nothing has written for years. */
function storageOf(id: Pickled): TorchStorage {
  const [kind, type, key, , count, view = null] = Array.isArray(id) ? id : [];
  const known = STORAGES.get((type as PickledGlobal | undefined)?.name ?? '');
  if (kind !== 'storage' || !known || typeof key !== 'string' || !isCount(count) || view !== null) {
    throw new PickleError('a storage of another form than torch.save writes');
  }
  return new TorchStorage(key, count, known);
}

function rebuildTensor(storage: Pickled | undefined, [offset, shape, strides]: readonly Pickled[]): TorchTensor {
  if (!(storage instanceof TorchStorage) || !isCount(offset) || !areCounts(shape) || !areCounts(strides)) {
    throw new PickleError('a tensor of another form than torch.save writes');
  }
  const isEmpty = shape.includes(0);
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] ?? Number.NaN), offset);
  const count = shape.reduce((product, size) => product * size, 1);
  if (!isEmpty && !(last < storage.count && count <= storage.count)) {
    throw new PickleError(`a tensor [${shape}] in a storage of ${storage.count} elements`);
  }
  return new TorchTensor(storage, offset, shape, strides);
}

const isCount = (value: Pickled | undefined): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const areCounts = (value: Pickled | undefined): value is number[] => Array.isArray(value) && value.every(isCount);

/** What training scripts wrap a state_dict in. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model'];

/** Tensors by name: the pickle's own, or those of the state_dict in it. */
export function stateDict(file: string, value: Pickled): ReadonlyMap<string, TorchTensor> {
  const candidates = value instanceof Map ? [value, ...WRAPPERS.map((key) => value.get(key))] : [];
  for (const candidate of candidates) {
    if (!(candidate instanceof Map)) continue;
    const tensors = [...candidate].filter((entry): entry is [string, TorchTensor] => entry[1] instanceof TorchTensor);
    if (tensors.length > 0) return new Map(tensors);
  }
  throw unusable(file, 'a state_dict of tensors', 'none');
}

/** An element's neighbours in its storage, put in the order of the tensor. `bytes` are those from `begin` on. */
export function gather(tensor: TorchTensor, bytes: Uint8Array, begin: number): Uint8Array {
  const { shape, strides, offset, storage } = tensor;
  const size = storage.elementBytes;
  if (isContiguous(tensor)) return bytes;
  const count = shape.reduce((product, length) => product * length, 1);
  const gathered = new Uint8Array(count * size);
  const index = new Array<number>(shape.length).fill(0);
  let from = offset - begin;
  for (let to = 0; to < count; to++) {
    for (let byte = 0; byte < size; byte++) gathered[to * size + byte] = bytes[from * size + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return gathered;
}

/** The elements of its storage that a tensor touches: from the first to before the last. */
export function extentOf({ shape, strides, offset }: TorchTensor): readonly [begin: number, end: number] {
  if (shape.includes(0)) return [offset, offset];
  return [offset, offset + 1 + shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 0)];
}

function isContiguous({ shape, strides }: TorchTensor): boolean {
  let expected = 1;
  return shape.toReversed().every((size, index) => {
    const fits = size === 1 || strides.at(-1 - index) === expected;
    expected *= size;
    return fits;
  });
}
