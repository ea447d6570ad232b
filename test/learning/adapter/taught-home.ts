import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { adapterFolder, addAdapter } from '../../../src/learning/adapter/adapters.ts';
import { readModelFolder } from '../../../src/model/model-folder.ts';
import { modelHash } from '../../../src/model/model-hash.ts';
import { writeAdapter } from '../../../src/model/peft.ts';
import { openStore } from '../../../src/store/store.ts';
import { initialAdapter } from '../../../src/training/adapter-parameters.ts';
import { writeRandomModel } from '../../model/random-model.ts';

const LORA = { r: 2, alpha: 4, dropout: 0, targetModules: ['c_attn'] };

/** A home with the model `toy`, of which adapters are made for `ada`. Gone after the tests. */
export async function taughtHome() {
  const home = mkdtempSync(path.join(tmpdir(), 'adapters-'));
  const store = openStore(':memory:');
  after(async () => {
    await store.close();
    rmSync(home, { recursive: true });
  });
  const toy = writeRandomModel(path.join(home, 'models', 'toy'));
  const { config } = readModelFolder(toy);
  const add = async (to: 'candidate' | 'retired', at: string) =>
    addAdapter(
      store,
      { persona: 'ada', parent: 'toy', parentHash: await modelHash(toy), manifest: {} },
      { to, by: 'gate', reason: 'a test', at },
      (id) => {
        const tensors = initialAdapter(config, LORA, id);
        writeAdapter(adapterFolder(home, { persona: 'ada', id }), { ...LORA, base: '../../../../models/toy', tensors });
      },
    );
  return { home, store, toy, add };
}
