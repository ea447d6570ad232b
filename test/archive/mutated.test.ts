import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContainerSurvives, assertHolds } from './mutated.ts';
import { CONTAINER_KINDS } from './mutated-container.ts';

for (const kind of CONTAINER_KINDS) {
  test(`a damaged ${kind} is read as far as it goes or refused: no crash, no hang, no flood`, () =>
    assertContainerSurvives(kind, 100));
}

const trial = { files: { 'a.txt': 'words' }, me: [], runs: 3, seed: 1 };

for (const [format, message] of [
  ['toy that crashes', /seed 1: [\s\S]*of no use to a person/],
  ['toy that hangs', /seed 1: hangs after 0 runs/],
  ['toy that hoards', /seed 1: ended with SIG/],
  ['toy that takes large buffers', /seed 1: took \d+ kB of memory/],
] as const) {
  test(`a ${format} does not pass`, async () => {
    await assertHolds({ ...trial, format: 'toy' }, 90_000); // so that its process is there

    await assert.rejects(assertHolds({ ...trial, format }, format === 'toy that hangs' ? 1000 : 90_000), { message });
  });
}
