/** A model that is larger than this machine's memory, of which the disk holds next to nothing. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';

/** Gives a random model of 64 numbers a token, tied, more tokens than memory has room for. */
export function growBeyondMemory(folder: string): void {
  const [config, file] = ['config.json', 'model.safetensors'].map((name) => path.join(folder, name));
  const vocabulary = Math.ceil(totalmem() / (4 * 64));
  const json = JSON.parse(readFileSync(config!, 'utf8'));
  writeFileSync(config!, JSON.stringify({ ...json, vocab_size: vocabulary }));
  const bytes = readFileSync(file!);
  const headerEnd = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, headerEnd));
  const [, first] = header['wte.weight'].data_offsets; // it comes first, and is last from now on
  const end = bytes.length - headerEnd - first;
  for (const { data_offsets: offsets } of Object.values<{ data_offsets?: number[] }>(header)) {
    offsets?.splice(0, 2, offsets[0]! - first, offsets[1]! - first);
  }
  header['wte.weight'] = { dtype: 'F32', shape: [vocabulary, 64], data_offsets: [end, end + 4 * 64 * vocabulary] };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(file!, Buffer.concat([length, text, bytes.subarray(headerEnd + first)]));
  truncateSync(file!, 8 + text.length + end + 4 * 64 * vocabulary);
}
