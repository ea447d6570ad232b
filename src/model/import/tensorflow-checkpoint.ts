/**
 * Weights as TensorFlow's Saver writes them and as gpt-2-simple, and OpenAI itself, name them. `model-1000.index` says where
 * in `model-1000.data-00000-of-00001` each variable lies; `model-1000.meta`, the graph, is not looked at.
 * Formats: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/tensor_bundle.proto
 */
import { readFileSync, statSync } from 'node:fs';
import protobuf from 'protobufjs/light.js';
import { crc32c, masked } from './crc32c.ts';
import { readRange } from './read-range.ts';
import { readSortedTable, TableError } from './sorted-table.ts';
import { BYTES_OF, type Checkpoint, countOf, type ElementType, type StoredTensor, unusable } from './stored-tensor.ts';

const root = protobuf.Root.fromJSON({
  nested: {
    Header: { fields: { numShards: { type: 'int32', id: 1 }, endianness: { type: 'int32', id: 2 } } },
    Entry: {
      fields: {
        dtype: { type: 'int32', id: 1 },
        shape: { type: 'Shape', id: 2 },
        shardId: { type: 'int32', id: 3 },
        offset: { type: 'int64', id: 4 },
        size: { type: 'int64', id: 5 },
        crc32c: { type: 'fixed32', id: 6 },
        slices: { type: 'bytes', id: 7, rule: 'repeated' },
      },
    },
    Shape: { fields: { dim: { type: 'Dimension', id: 2, rule: 'repeated' } } },
    Dimension: { fields: { size: { type: 'int64', id: 1 } } },
  },
});

interface Header {
  readonly numShards: number;
  readonly endianness: number;
}

interface Entry {
  readonly dtype: number;
  readonly shape: { readonly dim: readonly { readonly size: number }[] } | null;
  readonly shardId: number;
  /** In bytes, in its shard. */
  readonly offset: number;
  readonly size: number;
  /** Masked. */
  readonly crc32c: number;
  readonly slices: readonly unknown[];
}

/** TensorFlow's DataType. */
const DTYPES: Readonly<Record<number, ElementType>> = { 1: 'F32', 2: 'F64', 14: 'BF16', 19: 'F16' };

/** @param prefix the path up to `.index` */
export function openTensorflow(prefix: string): Checkpoint {
  const index = `${prefix}.index`;
  const { header, entries } = readIndex(index);
  if (header.endianness !== 0) throw unusable(index, 'little-endian weights', 'big-endian ones');
  const shard = (id: number) =>
    `${prefix}.data-${String(id).padStart(5, '0')}-of-${String(header.numShards).padStart(5, '0')}`;

  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of entries) {
    const parameter = parameterOf(name);
    if (parameter) tensors.set(parameter, storedIn(shard(entry.shardId), name, entry));
  }
  if (tensors.size === 0) throw unusable(index, 'the variables of a GPT-2 (model/wte, …)', 'others');
  return { format: 'TensorFlow', file: index, tensors, close: () => {} };
}

function readIndex(file: string): { header: Header; entries: [string, Entry][] } {
  try {
    const table = [...readSortedTable(readFileSync(file))];
    const decoded = table.map(([key, value]) => [key, decode<Entry>('Entry', value)] as [string, Entry]);
    const [first] = table;
    if (first?.[0] !== '') throw new TableError('an index without its header');
    return { header: decode<Header>('Header', first[1]), entries: decoded.slice(1) };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw unusable(file, 'the index of a TensorFlow checkpoint', found, error);
  }
}

/** Every field, those at their default too. @throws Error where the bytes are no such message. */
function decode<Message>(name: string, bytes: Uint8Array): Message {
  const type = root.lookupType(name);
  return type.toObject(type.decode(bytes), { longs: Number, defaults: true, arrays: true }) as Message;
}

/** By TensorFlow's name for a layer's parts: norms have g and b, convolutions of width 1 w and b. */
const NORM_PARTS: Readonly<Record<string, string>> = { g: 'weight', b: 'bias' };
const LAYER_PARTS: Readonly<Record<string, string>> = { w: 'weight', b: 'bias' };

/** `model/h0/attn/c_attn/w` as `h.0.attn.c_attn.weight`; undefined for what an optimizer keeps. */
function parameterOf(name: string): string | undefined {
  const [, embedding] = /^model\/(wte|wpe)$/.exec(name) ?? [];
  if (embedding) return `${embedding}.weight`;
  const [, layer, norm = '', normPart = ''] = /^model\/(?:h(\d+)\/)?(ln_[12f])\/([gb])$/.exec(name) ?? [];
  if (norm) return `${layer === undefined ? '' : `h.${layer}.`}${norm}.${NORM_PARTS[normPart]}`;
  const [, block, path = '', part = ''] = /^model\/h(\d+)\/((?:attn|mlp)\/c_\w+)\/([wb])$/.exec(name) ?? [];
  return path && `h.${block}.${path.replace('/', '.')}.${LAYER_PARTS[part]}`;
}

function storedIn(file: string, name: string, entry: Entry): StoredTensor {
  const { offset, size, slices } = entry;
  const dtype = DTYPES[entry.dtype] ?? 'other';
  // A convolution of width 1 is a linear layer.
  const dims = (entry.shape?.dim ?? []).map((dim) => dim.size);
  const shape = dims.length === 3 && dims[0] === 1 ? dims.slice(1) : dims;
  return {
    name,
    dtype,
    shape,
    async read() {
      if (slices.length > 0) throw unusable(file, `${name} in one piece`, 'slices of it');
      const bytes = countOf(shape) * BYTES_OF[dtype];
      if (size !== bytes) throw unusable(file, `${name} [${shape}] in ${bytes} bytes`, `${size}`);
      if (offset + size > sizeOf(file)) throw unusable(file, `${offset + size} bytes`, `a file cut short`);
      const read = await readRange(file, offset, size);
      if (masked(crc32c(read)) !== entry.crc32c) throw unusable(file, `${name} as it was written`, 'a wrong checksum');
      return read;
    },
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
