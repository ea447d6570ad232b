/** Zips and tars as they come out of broken disks and of hostile hands, and what must hold of them. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { openExport } from '../../src/archive/container.ts';
import { LIMITS } from '../../src/archive/container-limits.ts';
import { UserError } from '../../src/errors.ts';
import { rawZip, tarOf, zipOf } from './containers.ts';

const FILES = { 'a/outbox.json': `{"items":[${'"gulls",'.repeat(300)}""]}`, 'b.txt': 'short', 'in.tar': '' };
const MOST_BYTES = 8 << 20;

/** What flips, cuts and repeats stretches of bytes, and not only where content is: the head and the directory are short. */
const damage = fc.record({
  kind: fc.constantFrom('flip', 'cut', 'repeat', 'zero'),
  at: fc.oneof(fc.integer({ min: 0, max: 600 }), fc.integer({ min: -600, max: -1 }), fc.nat()),
  length: fc.integer({ min: 1, max: 40 }),
  byte: fc.integer({ min: 1, max: 255 }),
});

const CONTAINERS = {
  zip: () => zipOf(FILES),
  'stored.zip': async () => rawZip(Object.entries(FILES).map(([name, content]) => ({ name, content }))),
  'nested.zip': async () => zipOf({ 'in.zip': await zipOf(FILES), 'in.tgz': gzipSync(await tarOf(FILES)) }),
  tar: () => tarOf(FILES),
  'tar.gz': async () => gzipSync(await tarOf(FILES)),
} as const;

export type ContainerKind = keyof typeof CONTAINERS;
export const CONTAINER_KINDS = Object.keys(CONTAINERS) as readonly ContainerKind[];

/** Whatever is done to a container of `kind`, it is read as far as it goes or refused in a line. `folder` is for what is made. */
export async function containerSurvivesDamage(kind: ContainerKind, folder: string) {
  const whole = await CONTAINERS[kind]();
  return fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) =>
    survives(folder, kind, damages.reduce(damaged, whole)),
  );
}

async function survives(folder: string, kind: string, bytes: Buffer): Promise<void> {
  const file = path.join(folder, `x.${kind}`);
  writeFileSync(file, bytes);
  try {
    const archive = await openExport([file], { spoolFolder: folder, limits: { ...LIMITS, totalBytes: MOST_BYTES } });
    try {
      for (const entry of archive.entries) {
        let read = 0;
        for await (const chunk of await entry.open()) read += chunk.length;
        assert.ok(read <= MOST_BYTES);
      }
    } finally {
      archive.close();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    assert.doesNotMatch(error.message, /\n/);
  }
}

function damaged(
  bytes: Buffer,
  { kind, at, length, byte }: typeof damage extends fc.Arbitrary<infer Value> ? Value : never,
) {
  const start = bytes.length === 0 ? 0 : at < 0 ? Math.max(0, bytes.length + at) : at % bytes.length;
  const [before, middle, after] = [
    bytes.subarray(0, start),
    bytes.subarray(start, start + length),
    bytes.subarray(start + length),
  ];
  if (kind === 'cut') return before;
  if (kind === 'repeat') return Buffer.concat([before, middle, middle, after]);
  return Buffer.concat([before, middle.map((old) => (kind === 'zero' ? 0 : old ^ byte)), after]);
}
