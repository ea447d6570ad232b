/** Writes TensorFlow checkpoints from their written format, with all that a real one would have to be trained for. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import protobuf from 'protobufjs/light.js';
import { crc32c, masked } from '../../../src/model/import/crc32c.ts';

export interface Variable {
  readonly name: string;
  /** TensorFlow's DataType. */
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly shard?: number;
  readonly isSliced?: boolean;
}

export interface BundleOptions {
  readonly shards?: number;
  readonly isBigEndian?: boolean;
  /** Of the index's blocks: 1 says that they are packed by snappy. */
  readonly packing?: number;
  /** Changes a block before its checksum is made. */
  readonly change?: (block: Buffer) => Buffer;
}

/** `folder/model.index` and its shards. */
export function writeBundle(folder: string, variables: readonly Variable[], options: BundleOptions = {}): void {
  const { shards = 1, isBigEndian = false } = options;
  const data = Array.from({ length: shards }, () => [] as Uint8Array[]);
  const entries = variables
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, dtype, shape, bytes, shard = 0, isSliced = false }): [string, Buffer] => {
      const offset = data[shard]!.reduce((sum, { length }) => sum + length, 0);
      data[shard]!.push(bytes);
      return [name, entry({ dtype, shape, shard, offset, bytes, isSliced })];
    });
  const header = Buffer.from(
    protobuf.Writer.create()
      .uint32(8)
      .int32(shards)
      .uint32(16)
      .int32(isBigEndian ? 1 : 0)
      .finish(),
  );
  writeFileSync(path.join(folder, 'model.index'), sortedTable([['', header], ...entries], options));
  for (const [index, parts] of data.entries()) {
    const of = [index, shards].map((number) => String(number).padStart(5, '0')).join('-of-');
    writeFileSync(path.join(folder, `model.data-${of}`), Buffer.concat(parts));
  }
}

interface EntryOf extends Omit<Variable, 'name' | 'shard'> {
  readonly shard: number;
  readonly offset: number;
}

function entry({ dtype, shape, shard, offset, bytes, isSliced }: EntryOf): Buffer {
  const writer = protobuf.Writer.create().uint32(8).int32(dtype).uint32(18).fork();
  for (const size of shape) writer.uint32(18).fork().uint32(8).int64(size).ldelim();
  writer.ldelim().uint32(24).int32(shard).uint32(32).int64(offset).uint32(40).int64(bytes.length);
  writer.uint32(53).fixed32(masked(crc32c(bytes)));
  if (isSliced) writer.uint32(58).bytes(Uint8Array.of(10, 0));
  return Buffer.from(writer.finish());
}

/** Several blocks of a few entries, then the index of blocks, then the footer. */
function sortedTable(
  entries: readonly (readonly [string, Buffer])[],
  { packing = 0, change = (block) => block }: BundleOptions,
): Buffer {
  const parts: Buffer[] = [];
  const write = (content: Buffer) => {
    const offset = parts.reduce((sum, { length }) => sum + length, 0);
    const checked = Buffer.concat([change(content), Buffer.of(packing)]);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(masked(crc32c(checked)));
    parts.push(checked, checksum);
    return Buffer.concat([varint(offset), varint(checked.length - 1)]);
  };
  const handles: [string, Buffer][] = [];
  for (let at = 0; at < entries.length; at += 5) {
    const some = entries.slice(at, at + 5);
    handles.push([some.at(-1)![0], write(block(some))]);
  }
  const filters = write(block([]));
  const index = write(block(handles));
  const footer = Buffer.alloc(48);
  Buffer.concat([filters, index]).copy(footer);
  footer.writeBigUInt64LE(0xdb4775248b80fb57n, 40);
  return Buffer.concat([...parts, footer]);
}

function block(entries: readonly (readonly [string, Buffer])[]): Buffer {
  let former = '';
  const parts = entries.map(([key, value]) => {
    let shared = 0;
    while (shared < Math.min(former.length, key.length) && former[shared] === key[shared]) shared++;
    former = key;
    const added = Buffer.from(key.slice(shared), 'latin1');
    return Buffer.concat([varint(shared), varint(added.length), varint(value.length), added, value]);
  });
  const restarts = Buffer.alloc(8); // one, at 0
  restarts.writeUInt32LE(1, 4);
  return Buffer.concat([...parts, restarts]);
}

function varint(value: number): Buffer {
  return Buffer.from(protobuf.Writer.create().uint32(value).finish());
}
