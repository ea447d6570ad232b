/**
 * The records of an AT Protocol repository in a CAR file. Which record is at which key only the tree tells, and blocks of
 * nobody may lie beside it; so the file is read twice: for the tree, then for the records that are wanted.
 */
import type { Readable } from 'node:stream';
import { fromStream } from '@atcute/car';
import { decode, fromBytes } from '@atcute/cbor';
import { type CidLink, fromCidLink } from '@atcute/cid';
import { isNodeData, type NodeData } from '@atcute/mst';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { Entry } from './format.ts';

export interface Repository {
  /** Whose it is. */
  readonly did: string;
  /** `app.bsky.feed.post/3jt5…`, by the bytes of the record's CID. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** Whether some of the tree is missing. */
  readonly isPartial: boolean;
}

const isCar = (head: Buffer) => head.includes('eroots') && head.includes('gversion');
/** Deeper and larger than any tree that was built by the rules. */
const DEEPEST = 256;

export async function isRepository(entry: Entry): Promise<boolean> {
  return isCar(await entry.head(128));
}

const commitSchema = z.object({ did: z.string().startsWith('did:'), data: z.custom<CidLink>(isLink) });

function isLink(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '$link' in value;
}

/** @throws UserError when there is no repository in the file. */
export async function openRepository(entry: Entry): Promise<Repository> {
  const nodes = new Map<string, Buffer>();
  let root = '';
  let commit: z.output<typeof commitSchema> | undefined;
  const { roots, isWhole } = await eachBlock(entry, (cid, bytes, rootCid) => {
    root = rootCid;
    if (cid === root) commit = commitSchema.safeParse(decoded(bytes)).data;
    else if (looksLikeNode(bytes)) nodes.set(cid, Buffer.from(bytes));
  });
  if (!commit) {
    throw new UserError(
      `${entry.path}: expected a Bluesky repository, found a CAR file ${roots ? 'of something else' : 'that cannot be read'}`,
      {
        hint: 'Download it again: Bluesky, Settings, Account, Export my data',
      },
    );
  }
  const walk = new Walk(nodes);
  walk.visit(commit.data, 0);
  return { did: commit.did, keys: walk.keys, isPartial: walk.isPartial || !isWhole };
}

/** The records of `repository` whose key begins with `collection`, in the order of the file. */
export async function* readRecords(
  entry: Entry,
  { keys }: Repository,
  collection: string,
): AsyncGenerator<{ readonly key: string; readonly record: unknown; readonly size: number }> {
  for await (const { cid, bytes } of blocks(entry)) {
    const wanted = keys.get(cid)?.filter((key) => key.startsWith(`${collection}/`)) ?? [];
    if (wanted.length === 0) continue;
    const record = decoded(bytes);
    for (const key of wanted) yield { key, record, size: bytes.length };
  }
}

async function eachBlock(entry: Entry, visit: (cid: string, bytes: Uint8Array, root: string) => void) {
  let roots = 0;
  try {
    for await (const { cid, bytes, root } of blocks(entry)) {
      roots = 1;
      visit(cid, bytes, root);
    }
    return { roots, isWhole: true };
  } catch (error) {
    if (error instanceof UserError) throw error;
    return { roots, isWhole: false };
  }
}

async function* blocks(entry: Entry) {
  const source = await entry.open();
  const car = fromStream(webStream(source));
  try {
    const [root] = await car.roots();
    if (!root) return;
    const rootCid = bytesOf(root);
    for await (const { cid, bytes } of car) {
      yield { cid: Buffer.from(cid.bytes).toString('latin1'), bytes, root: rootCid };
    }
  } finally {
    source.destroy();
  }
}

function webStream(source: Readable): ReadableStream<Uint8Array> {
  const chunks = bounded(source as AsyncIterable<Buffer>);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

/** In bytes, of a record or a node; servers take records up to a megabyte. The library makes room for whatever a block says that it has. */
const LONGEST_BLOCK = 8 << 20;
const MORE_FOLLOWS = 0x80;

/** The chunks of a CAR file, up to a block that is longer than any. */
async function* bounded(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  /** Of the block at hand; and its length as far as it was read, where that is still coming. */
  let left = 0;
  let length = 0;
  let place = 1;
  for await (const chunk of chunks) {
    let start = 0;
    for (let at = 0; at < chunk.length; ) {
      if (left > 0) {
        const skipped = Math.min(left, chunk.length - at);
        left -= skipped;
        at += skipped;
        start = at;
        continue;
      }
      const byte = chunk[at++]!;
      length += (byte % MORE_FOLLOWS) * place;
      place *= MORE_FOLLOWS;
      if (length > LONGEST_BLOCK) {
        yield chunk.subarray(0, start);
        throw new RangeError('a block longer than a record is');
      }
      if (byte < MORE_FOLLOWS) [left, length, place] = [length, 0, 1];
    }
    yield chunk;
  }
}

/** A map of two, of which the first is `e`: its entries. */
function looksLikeNode(bytes: Uint8Array): boolean {
  return bytes[0] === 0xa2 && bytes[1] === 0x61 && bytes[2] === 0x65;
}

function decoded(bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch {
    return undefined; // damaged: whoever asked finds no record in it
  }
}

function bytesOf(link: CidLink): string {
  return Buffer.from(fromCidLink(link).bytes).toString('latin1');
}

class Walk {
  readonly keys = new Map<string, string[]>();
  isPartial = false;
  readonly #nodes: Map<string, Buffer>;

  constructor(nodes: Map<string, Buffer>) {
    this.#nodes = nodes;
  }

  visit(link: CidLink, depth: number): void {
    const cid = bytesOf(link);
    const bytes = this.#nodes.get(cid);
    const node = bytes && decoded(bytes);
    // Each node is visited once, so that a damaged tree which leads back to itself ends.
    this.#nodes.delete(cid);
    if (!isNodeData(node) || depth > DEEPEST) this.isPartial = true;
    else this.#read(node, depth);
  }

  #read({ l, e: entries }: NodeData, depth: number): void {
    if (l) this.visit(l, depth + 1);
    let key = '';
    for (const { p, k, v, t } of entries) {
      key = key.slice(0, p) + Buffer.from(fromBytes(k)).toString('latin1');
      const cid = bytesOf(v);
      const others = this.keys.get(cid);
      if (others) others.push(key);
      else this.keys.set(cid, [key]);
      if (t) this.visit(t, depth + 1);
    }
  }
}
