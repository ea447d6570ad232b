/** Exports as they come out of broken disks and of services that changed their minds, and what must hold of them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Format } from '../../src/archive/format.ts';
import { UserError } from '../../src/errors.ts';
import { type Files, inMemory, readAll } from './in-memory-export.ts';

const damage = fc.record({
  kind: fc.constantFrom('flip', 'cut', 'remove', 'repeat', 'insert', 'forget', 'swap', 'reverse'),
  file: fc.nat(),
  /** Where in the file, as a share of it. */
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 300 }),
  byte: fc.nat(255),
});
type Damage = typeof damage extends fc.Arbitrary<infer Value> ? Value : never;

/** Whatever is done to `files`, the format omits, or throws what a person can read; and what it gives are posts. */
export function survivesDamage(format: Format, files: Files, me: readonly string[]) {
  return fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (damages) => {
    const archive = inMemory(damages.reduce(damaged, files));
    try {
      await format.detect(archive);
      await format.owner(archive);
      const { posts, omissions } = await readAll(format, archive, me);
      for (const post of posts) {
        assert.ok(post.text !== '' && typeof post.id === 'string' && post.id !== '' && post.author.id !== '');
        assert.ok(post.time === null || new Date(post.time).toISOString() === post.time);
      }
      for (const { omitted, place } of omissions) assert.notEqual(omitted, 'took too long', place);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      assert.doesNotMatch(error.message, /\n/);
    }
  });
}

function damaged(files: Files, { kind, file, at, length, byte }: Damage): Files {
  const names = Object.keys(files);
  const name = names[file % names.length]!;
  const bytes = Buffer.from(files[name]!);
  const start = Math.floor(at * bytes.length);
  const [before, middle, after] = [
    bytes.subarray(0, start),
    bytes.subarray(start, start + length),
    bytes.subarray(start + length),
  ];
  switch (kind) {
    case 'flip':
      return { ...files, [name]: Buffer.concat([before, middle.map((value) => value ^ byte), after]) };
    case 'cut':
      return { ...files, [name]: before };
    case 'remove':
      return { ...files, [name]: Buffer.concat([before, after]) };
    case 'repeat':
      return { ...files, [name]: Buffer.concat([before, middle, middle, middle, after]) };
    case 'insert':
      return { ...files, [name]: Buffer.concat([before, Buffer.alloc(length, byte), middle, after]) };
    case 'forget':
      return Object.fromEntries(Object.entries(files).filter(([other]) => other !== name || names.length === 1));
    default:
      return { ...files, [name]: rearranged(bytes, kind, byte) };
  }
}

/** JSON with some fields exchanged for what they never are, or in the opposite order; other files stay. */
function rearranged(bytes: Buffer, kind: 'swap' | 'reverse', seed: number): Buffer {
  let count = seed % 7;
  const strange = [null, 0, -1, '', 'text', [], {}, [[]], [null], true, 1e300][seed % 11];
  const change = (value: unknown): unknown => {
    if (kind === 'swap' && ++count % (5 + (seed % 20)) === 0) return strange;
    if (Array.isArray(value)) return value.map(change);
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value).map(([key, inner]) => [key, change(inner)]);
    return Object.fromEntries(kind === 'reverse' ? fields.reverse() : fields);
  };
  try {
    return Buffer.from(JSON.stringify(change(JSON.parse(bytes.toString('utf8')))));
  } catch {
    return bytes;
  }
}
