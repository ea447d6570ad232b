import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { composeNext } from '../../src/daemon/composing/compose-draft.ts';
import { startModelHost } from '../../src/host/model-host.ts';
import { createLog } from '../../src/log.ts';
import { quantizeModel } from '../../src/model/quantization/quantize-model.ts';
import { loadPersona } from '../../src/persona/load-persona.ts';
import { getDraft } from '../../src/queue/draft.ts';
import { randomFrom } from '../../src/random.ts';
import { openStore, type Store, storeFile } from '../../src/store/store.ts';
import { toyHome } from '../daemon/toy-home.ts';
import { quickerInEightBits } from '../model/quantization/quicker-in-eight-bits.ts';
import { writeRandomModel } from '../model/random-model.ts';
import { NOON } from '../queue/prepared-drafts.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/eidolon.js');
const home = toyHome('ada');

function eidolon(...argv: readonly string[]) {
  return spawnSync(process.execPath, [BIN, ...argv], { encoding: 'utf8', env: { ...process.env, EIDOLON_HOME: home } });
}

async function compose(store: Store): Promise<number> {
  const host = startModelHost(createLog({ level: 'silent' }));
  const persona = loadPersona(path.join(home, 'personas', 'ada'));
  const random = randomFrom(1);
  for (let tries = 0; tries < 20; tries++) {
    const composed = await composeNext({ store, persona, host, home, now: () => NOON, random });
    if (composed.kind !== 'queued') continue;
    await host.close();
    return composed.draftId;
  }
  throw new Error('the babble never passed the gates');
}

test('what is stored makes the same candidates again, until the model changes', async () => {
  const store = openStore(storeFile(home));
  const id = String(await compose(store));
  const { candidates } = await getDraft(store, Number(id));
  await store.close();

  const [same] = JSON.parse(eidolon('why', id, '--replay', '--json').stdout).replays;
  assert.equal(same.modelHash, same.recordedHash);
  assert.ok(same.candidates.length > candidates.length, 'also those that were not kept are made again');
  assert.ok(same.candidates.every(({ isSame }: { isSame: boolean }) => isSame));

  writeRandomModel(path.join(home, 'models', 'toy'), { seed: 2 });
  const { stdout } = eidolon('why', id, '--replay');
  assert.match(stdout, /Replayed: the model has changed, it is [0-9a-f]{12}\s+now; \d+ of \d+ the same/);
  assert.match(stdout, /different now/);
});

test('a draft that eight bits wrote is made again by eight bits, until the model changes', async () => {
  const model = writeRandomModel(path.join(home, 'models', 'toy'), { deviation: 0.3 });
  await quickerInEightBits(model);
  const store = openStore(storeFile(home));
  const id = String(await compose(store));
  const rounds = await store.db.selectFrom('rounds').select('request').where('draft_id', '=', Number(id)).execute();
  await store.close();
  assert.deepEqual(
    rounds.map(({ request }) => JSON.parse(request).bits),
    [8],
  );

  const [same] = JSON.parse(eidolon('why', id, '--replay', '--json').stdout).replays;
  assert.equal(same.modelHash, same.recordedHash);
  assert.ok(same.candidates.length > 0 && same.candidates.every(({ isSame }: { isSame: boolean }) => isSame));

  await quantizeModel(model, { bits: 8, symmetric: false });
  assert.match(
    eidolon('why', id, '--replay').stdout.replaceAll(/\s+/g, ' '),
    /Replayed: the model has been made again in fewer bits, and its weights are others now; \d+ of/,
  );

  writeRandomModel(model, { deviation: 0.3, seed: 2 });
  assert.match(eidolon('why', id, '--replay').stdout, /Replayed: the model has changed/);
});
