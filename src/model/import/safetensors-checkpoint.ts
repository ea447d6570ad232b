/** Weights in Hugging Face's format: one file, or shards with an index that says which tensor lies in which. */
import path from 'node:path';
import { z } from 'zod';
import { readSafetensors, type TensorEntry } from '../safetensors.ts';
import { readJson } from './read-json.ts';
import { readRange } from './read-range.ts';
import { byParameterName, type Checkpoint, type ElementType, type StoredTensor, unusable } from './stored-tensor.ts';

const DTYPES: readonly string[] = ['F32', 'F16', 'BF16', 'F64'] satisfies ElementType[];

export function openSafetensors(file: string): Checkpoint {
  return checkpointOf(file, tensorsOf(file));
}

/** @param index `model.safetensors.index.json`, with its shards beside it. */
export async function openShardedSafetensors(index: string): Promise<Checkpoint> {
  return checkpointOf(index, await readShards(index, async (shard) => tensorsOf(shard)));
}

function checkpointOf(file: string, tensors: readonly StoredTensor[]): Checkpoint {
  return { format: 'safetensors', file, tensors: byParameterName(file, tensors), close: () => {} };
}

function tensorsOf(file: string): StoredTensor[] {
  return [...readSafetensors(file).tensors.values()].map((entry) => storedIn(file, entry));
}

function storedIn(file: string, { name, dtype, shape, offset, length }: TensorEntry): StoredTensor {
  return { name, dtype: elementType(dtype), shape, read: () => readRange(file, offset, length) };
}

function elementType(dtype: string): ElementType {
  return DTYPES.includes(dtype) ? (dtype as ElementType) : 'other';
}

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

/** Every tensor that an index names, from the shard that it names. */
export async function readShards(
  index: string,
  open: (shard: string) => Promise<readonly StoredTensor[]>,
): Promise<StoredTensor[]> {
  const parsed = indexSchema.safeParse(readJson(index, 'an index of shards'));
  if (!parsed.success) throw unusable(index, 'an index of shards with a weight_map', 'none');

  const shardOf = Object.entries(parsed.data.weight_map);
  const outside = shardOf.find(([, shard]) => path.basename(shard) !== shard || /^\.*$/.test(shard));
  if (outside) throw unusable(index, 'shards that lie beside it', outside[1]);
  const shards = new Map<string, ReadonlyMap<string, StoredTensor>>();
  for (const shard of new Set(shardOf.map(([, name]) => name))) {
    const tensors = await open(path.join(path.dirname(index), shard));
    shards.set(shard, new Map(tensors.map((tensor) => [tensor.name, tensor])));
  }
  return shardOf.map(([name, shard]) => {
    const tensor = shards.get(shard)?.get(name);
    if (!tensor) throw unusable(path.join(path.dirname(index), shard), `the tensor ${name} of its index`, 'none');
    return tensor;
  });
}
