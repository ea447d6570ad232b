/** Repositories as a server of the AT Protocol writes them, made of records by key. */
import { writeCarStream } from '@atcute/car';
import { encode } from '@atcute/cbor';
import { create, fromCidLink, toCidLink } from '@atcute/cid';
import { MemoryBlockStore, NodeStore, NodeWrangler } from '@atcute/mst';

export interface CarOptions {
  /** Blocks that no key leads to. */
  readonly strays?: readonly object[];
  /** Keys whose records are not in the file. */
  readonly without?: readonly string[];
  readonly treeLast?: boolean;
}

export async function carOf(
  did: string,
  records: Readonly<Record<string, object>>,
  { strays = [], without = [], treeLast = false }: CarOptions = {},
): Promise<Buffer> {
  const store = new MemoryBlockStore();
  const wrangler = new NodeWrangler(new NodeStore(store));
  const blocks: { cid: Uint8Array; data: Uint8Array }[] = [];
  let root: string | null = null;
  for (const [key, record] of Object.entries(records)) {
    const block = await blockOf(record);
    root = await wrangler.putRecord(root, key, toCidLink(block.cid));
    if (!without.includes(key)) blocks.push({ cid: block.cid.bytes, data: block.data });
  }
  for (const stray of strays) {
    const block = await blockOf(stray);
    blocks.push({ cid: block.cid.bytes, data: block.data });
  }
  const commit = await blockOf({
    did,
    version: 3,
    data: { $link: root },
    rev: '3kaaaaaaaaa2a',
    prev: null,
    sig: { $bytes: 'AAAA' },
  });
  const tree = [...(await treeOf(store, root))].map(([cid, data]) => ({
    cid: fromCidLink({ $link: cid }).bytes,
    data,
  }));
  const first = { cid: commit.cid.bytes, data: commit.data };
  const all = treeLast ? [...blocks, ...tree.toReversed(), first] : [first, ...tree, ...blocks];
  return Buffer.concat(await Array.fromAsync(writeCarStream([toCidLink(commit.cid)], all)));
}

async function blockOf(record: object) {
  const data = encode(record);
  return { data, cid: await create(0x71, data) };
}

/** Without the nodes that were only steps on the way. */
async function treeOf(store: MemoryBlockStore, root: string | null): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const nodes = new NodeStore(store);
  const visit = async (cid: string): Promise<void> => {
    const bytes = await store.get(cid);
    if (bytes) found.set(cid, bytes);
    for (const subtree of (await nodes.get(cid)).subtrees) if (subtree) await visit(subtree.$link);
  };
  if (root) await visit(root);
  return found;
}
