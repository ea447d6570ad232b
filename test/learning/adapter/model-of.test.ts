import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import {
  adapterFolder,
  adapterWith,
  addAdapter,
  getAdapter,
  movesOf,
  promoteAdapter,
  retireAdapter,
} from '../../../src/learning/adapter/adapters.ts';
import { folderNamed, modelOf } from '../../../src/learning/adapter/model-of.ts';
import { openModel } from '../../../src/model/model.ts';
import { taughtHome } from './taught-home.ts';

const ADA = { name: 'ada', model: 'toy' };
const AT = '2026-06-01T12:00:00.000Z';

async function taught() {
  const house = await taughtHome();
  const add = async (to: 'live' | 'candidate' | 'retired') => {
    const id = await house.add(to === 'live' ? 'retired' : to, AT);
    if (to === 'live') await promoteAdapter(house.store, id, { by: 'owner', reason: 'a test', at: AT });
    return id;
  };
  return { ...house, add };
}

test('a persona speaks with its own model until an adapter is live, and with the adapter from then on', async () => {
  const { home, store, toy, add } = await taught();
  const before = await modelOf(home, store, ADA);
  await add('candidate');
  const onTrial = await modelOf(home, store, ADA);
  const live = await add('live');
  const now = await modelOf(home, store, ADA);

  assert.deepEqual([before.name, onTrial.name], ['toy', 'toy']);
  assert.equal(before.folder, toy);
  assert.equal(now.name, `toy+${live}`);
  assert.equal(now.folder, folderNamed(home, 'ada', now.name));
  const model = await openModel(now.folder);
  assert.equal(model.config.n_embd, 16);
  await model.network.release();
});

test('an adapter is passed over when its model has changed, is another one, or its folder is gone', async () => {
  const { home, store, toy, add } = await taught();
  const id = await add('live');
  mkdirSync(path.join(home, 'models', 'other'));
  const other = await modelOf(home, store, { ...ADA, model: 'other' });
  appendFileSync(path.join(toy, 'config.json'), ' ');
  const changed = await modelOf(home, store, ADA);
  rmSync(adapterFolder(home, { persona: 'ada', id }), { recursive: true });
  const gone = await modelOf(home, store, ADA);

  assert.match(other.passedOver ?? '', /was taught over toy, and the model is other now; eidolon learn ada/);
  assert.match(changed.passedOver ?? '', /models\/toy as it was before its last change/);
  assert.match(gone.passedOver ?? '', /has no folder any more/);
  assert.deepEqual(
    [other, changed, gone].map(({ name }) => name),
    ['other', 'toy', 'toy'],
  );
});

test('a promoted adapter takes the place of the one before, which comes back when it goes', async () => {
  const { store, add } = await taught();
  const first = await add('live');
  const second = await add('live');
  assert.equal((await getAdapter(store, first)).status, 'retired');

  const back = await retireAdapter(store, second, { by: 'watch', reason: 'worse', at: AT });

  assert.equal(back, first);
  assert.equal((await adapterWith(store, 'ada', 'live'))?.id, first);
  const told = await movesOf(store, first);
  assert.deepEqual(
    told.map(({ to_status, by }) => `${to_status} by ${by}`),
    ['retired by gate', 'live by owner', 'retired by owner', 'live by watch'],
  );
  assert.equal(await retireAdapter(store, first, { by: 'owner', reason: 'enough', at: AT }), null);
  assert.equal(await adapterWith(store, 'ada', 'live'), undefined);
});

test('what crashes while an adapter is written leaves no adapter', async () => {
  const { store } = await taught();
  const adapter = { persona: 'ada', parent: 'toy', parentHash: '', manifest: {} };
  const crash = () => {
    throw new Error('no space');
  };

  await assert.rejects(
    addAdapter(store, adapter, { to: 'candidate', by: 'gate', reason: 'x', at: AT }, crash),
    /no space/,
  );

  assert.equal(await adapterWith(store, 'ada', 'candidate'), undefined);
});

test('one adapter is on trial at a time', async () => {
  const { store, add } = await taught();
  const first = await add('candidate');
  const second = await add('candidate');

  assert.equal((await getAdapter(store, first)).status, 'retired');
  assert.equal((await adapterWith(store, 'ada', 'candidate'))?.id, second);
});
