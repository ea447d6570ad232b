import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { addModel } from '../../../src/model/import/add-model.ts';
import { readModelFolder } from '../../../src/model/model-folder.ts';
import { readTensor } from '../../../src/model/safetensors.ts';

const FIXTURES = path.join(import.meta.dirname, '../fixtures');
const home = mkdtempSync(path.join(tmpdir(), 'eidolon-'));
const output = path.join(home, 'ada');

interface Source {
  readonly what: string;
  readonly fixture: string;
  readonly file: string;
  /** Without checksums a changed number is only another number. */
  readonly isChecked?: boolean;
}

const SOURCES: readonly Source[] = [
  { what: 'a zip of PyTorch', fixture: 'pytorch/mixed.pt', file: 'mixed.pt', isChecked: true },
  { what: 'an old file of PyTorch', fixture: 'pytorch/legacy.pt', file: 'legacy.pt' },
  { what: "TensorFlow's index", fixture: 'gpt-2-simple', file: 'model-20.index', isChecked: true },
  { what: "TensorFlow's data", fixture: 'gpt-2-simple', file: 'model-20.data-00000-of-00001', isChecked: true },
  { what: 'safetensors', fixture: 'tiny-gpt2/model.safetensors', file: 'model.safetensors' },
];

/** A folder with config and tokenizer, and the file in it that will be broken. */
function folderOf({ fixture, file }: Source): { folder: string; broken: string; whole: Buffer } {
  const folder = path.join(home, 'sources', file);
  mkdirSync(folder, { recursive: true });
  for (const name of ['config.json', 'tokenizer.json'])
    cpSync(path.join(FIXTURES, 'tiny-gpt2', name), path.join(folder, name));
  const from = path.join(FIXTURES, fixture);
  cpSync(from, fixture.endsWith(file) ? path.join(folder, file) : folder, { recursive: true });
  const broken = path.join(folder, file);
  return { folder, broken, whole: readFileSync(broken) };
}

const valuesIn = (model: string) => {
  const { weights } = readModelFolder(model);
  return [...weights.tensors.keys()].map((name) => readTensor(weights, name));
};

/** Added, or refused in one line with nothing left. */
async function addedOrRefused(folder: string): Promise<boolean> {
  try {
    await addModel({ source: folder, output, now: new Date(0) });
    return true;
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.equal(error.name, 'UserError', error.stack);
    assert.doesNotMatch(error.message, /\n/);
    assert.deepEqual(
      readdirSync(home).filter((name) => name !== 'sources'),
      [],
    );
    return false;
  }
}

for (const source of SOURCES) {
  const { folder, broken, whole } = folderOf(source);

  test(`${source.what}, cut short anywhere, is refused in one line`, async () => {
    const step = Math.max(1, Math.floor(whole.length / 80));
    for (let length = 0; length < whole.length; length += step) {
      writeFileSync(broken, whole);
      truncateSync(broken, length);
      const isAdded = await addedOrRefused(folder);
      // What stands at the end of TensorFlow's data is an optimizer's.
      if (isAdded) assert.match(source.file, /\.data-/);
      rmSync(output, { recursive: true, force: true });
    }
  });

  test(`${source.what} with bytes changed is refused in one line, or read as numbers`, async () => {
    writeFileSync(broken, whole);
    assert.ok(await addedOrRefused(folder));
    const values = source.isChecked ? valuesIn(output) : undefined;
    rmSync(output, { recursive: true });

    const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    // Half of them where the structure is: at the beginning, or at the end.
    const near = fc.tuple(fc.boolean(), fc.nat(3000), fc.integer({ min: 1, max: 255 })).map(([atEnd, at, by]) => {
      const offset = Math.min(at, whole.length - 1);
      return [[atEnd ? whole.length - 1 - offset : offset, by] as const];
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(changes, near), async (changed) => {
        const bytes = Buffer.from(whole);
        for (const [at, by] of changed) bytes[at]! ^= by;
        writeFileSync(broken, bytes);
        const isAdded = await addedOrRefused(folder);
        if (isAdded && values) assert.deepEqual(valuesIn(output), values);
        rmSync(output, { recursive: true, force: true });
      }),
      { numRuns: 80 },
    );
  });
}
