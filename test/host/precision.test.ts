import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { UserError } from '../../src/errors.ts';
import { openModels } from '../../src/host/open-models.ts';
import { serveModels } from '../../src/host/serve-models.ts';
import { readModelFolder } from '../../src/model/model-folder.ts';
import { modelHash } from '../../src/model/model-hash.ts';
import { keepSpeeds } from '../../src/model/quantization/measured-speed.ts';
import { quantizeModel } from '../../src/model/quantization/quantize-model.ts';
import { weightBytes } from '../../src/model/weight-bytes.ts';
import { writeRandomAdapter } from '../model/random-adapter.ts';
import { writeRandomModel } from '../model/random-model.ts';

const home = mkdtempSync(path.join(tmpdir(), 'precision-'));
after(() => rmSync(home, { recursive: true }));
const small = writeRandomModel(path.join(home, 'small'), { n_embd: 64, deviation: 0.3 });
const eight = await quantizeModel(small, { bits: 8 });
const ada = writeRandomAdapter(path.join(home, 'ada'), { base: small });

function serving(budgetBytes = 1 << 30) {
  const models = openModels({ budgetBytes });
  const served = serveModels({ models, maxWaiting: 8, now: () => 0, yieldTurn: () => turn() });
  const signal = new AbortController().signal;
  const sampling = { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, maxTokens: 6 };
  return {
    generate: (folder: string, count: number, bits?: 4 | 8 | 'chosen') =>
      served.generate({ folder, prompt: 'A day', count, seed: 3, sampling, ...(bits && { bits }) }, signal),
    score: (folder: string) => served.score({ folder, texts: ['A day.'] }, signal),
    held: () => served.figures().models.map(({ folder, bits }) => [path.basename(folder), bits]),
    [Symbol.asyncDispose]: () => models.clear(),
  };
}

test('a text alone is written in eight bits, many and scores as the model came, and the answer says which', async () => {
  await using host = serving();

  const [alone, many, unasked] = [
    await host.generate(small, 1, 'chosen'),
    await host.generate(small, 8, 'chosen'),
    await host.generate(small, 1),
  ];
  await host.score(small);

  assert.deepEqual(
    [alone, many, unasked].map(({ model }) => model.bits),
    [8, undefined, undefined],
  );
  assert.equal(alone.model.name, 'small');
  assert.equal(alone.model.bitsHash, await modelHash(eight));
  assert.equal(many.model.bitsHash, undefined);
  assert.deepEqual(new Set([alone, many].map(({ model }) => model.hash)), new Set([await modelHash(small)]));
  assert.deepEqual(host.held(), [
    ['small', 8],
    ['small', undefined],
  ]);
});

test('what was measured when the precision was made decides', async () => {
  keepSpeeds(eight, { before: { alone: 10, eight: 10 }, after: { alone: 9, eight: 20 } });
  await using host = serving();

  const chosen = [await host.generate(small, 1, 'chosen'), await host.generate(small, 8, 'chosen')];

  rmSync(path.join(eight, 'speed.json'));
  assert.deepEqual(
    chosen.map(({ model }) => model.bits),
    [undefined, 8],
  );
});

test('an adapter is written with on the base in eight bits, under its own name and hash', async () => {
  await using host = serving();

  const { model, generated } = await host.generate(ada, 1, 'chosen');
  const own = await host.generate(ada, 1);

  assert.deepEqual(model, { name: 'ada', hash: own.model.hash, bits: 8, bitsHash: await modelHash(eight) });
  assert.equal(generated.length, 1);
});

test('where the model does not fit into memory, all is done in the precision that does', async () => {
  await using host = serving(weightBytes(readModelFolder(small).weights) - 1);

  const written = await host.generate(small, 8, 'chosen');
  await host.score(small);

  assert.equal(written.model.bits, 8);
  assert.deepEqual(host.held(), [['small', 8]]);
});

test('the precision that a text was written in can be asked for again, and is refused where it is not there', async () => {
  await using host = serving();
  const first = await host.generate(small, 3, 8);

  assert.deepEqual(await host.generate(small, 3, 8), first);
  await assert.rejects(
    host.generate(small, 3, 4),
    (error) =>
      error instanceof UserError &&
      /small-4bit: expected the model as it is now in 4 bits, found none/.test(error.message),
  );
});

test('a precision of weights that the model no longer has is not used', async () => {
  const changed = writeRandomModel(path.join(home, 'changed'), { n_embd: 64 });
  await quantizeModel(changed, { bits: 8 });
  writeRandomModel(changed, { n_embd: 64, seed: 2 });
  await using host = serving();

  assert.equal((await host.generate(changed, 1, 'chosen')).model.bits, undefined);
});
