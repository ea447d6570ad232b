/** Which model a persona speaks with: what it was taught, over the model that persona.yaml names. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { modelFiles } from '../../model/model-files.ts';
import { modelHash } from '../../model/model-hash.ts';
import { isAdapter } from '../../model/peft.ts';
import type { Persona } from '../../persona/persona.ts';
import type { Store } from '../../store/store.ts';
import { adapterFolder, adapterWith, type TaughtAdapter } from './adapters.ts';

export interface SpokenModel {
  /** As rounds keep it: `ambrose`, or `ambrose+3` with adapter 3. */
  readonly name: string;
  /** For the model host. */
  readonly folder: string;
  readonly adapter?: number;
  /** Why it does not speak with the adapter that is live. */
  readonly passedOver?: string;
}

type Named = Pick<Persona, 'name' | 'model'>;

/**
 * The persona's live adapter where there is one that fits, else its model. Looked up for each draft, so that a running daemon
 * takes up what was promoted. An adapter was taught over certain weights: over others it would be noise, so it is passed over.
 */
export async function modelOf(home: string, store: Store, persona: Named): Promise<SpokenModel> {
  const live = await adapterWith(store, persona.name, 'live');
  const plain = { name: persona.model, folder: path.join(home, 'models', persona.model) };
  if (!live) return plain;
  const passedOver = await whyNot(home, persona, live);
  return passedOver === undefined ? spoken(home, live) : { ...plain, passedOver };
}

/** Why an adapter cannot be spoken with as things are; nothing where it can. */
export async function whyNot(home: string, persona: Named, adapter: TaughtAdapter): Promise<string | undefined> {
  const again = `eidolon learn ${persona.name} teaches anew`;
  if (!isAdapter(adapterFolder(home, adapter))) return `adapter ${adapter.id} has no folder any more; ${again}`;
  if (adapter.parent !== persona.model) {
    return `adapter ${adapter.id} was taught over ${adapter.parent}, and the model is ${persona.model} now; ${again}`;
  }
  if (!modelFiles(path.join(home, 'models', persona.model)).every((file) => existsSync(file))) {
    return `models/${persona.model} is not whole`;
  }
  if ((await modelHash(path.join(home, 'models', persona.model))) !== adapter.parentHash) {
    return `adapter ${adapter.id} was taught over models/${persona.model} as it was before its last change; ${again}`;
  }
  return undefined;
}

export function spoken(home: string, adapter: TaughtAdapter): SpokenModel {
  return {
    name: `${adapter.parent}+${adapter.id}`,
    folder: adapterFolder(home, adapter),
    adapter: adapter.id,
  };
}

/** The folder of what a round names. */
export function folderNamed(home: string, persona: string, name: string): string {
  const adapter = adapterNamed(name);
  return adapter === undefined ? path.join(home, 'models', name) : adapterFolder(home, { persona, id: adapter });
}

/** The adapter that wrote a round; nothing where the persona's model wrote alone. */
export function adapterNamed(name: string): number | undefined {
  const [, id] = /\+(\d+)$/.exec(name) ?? [];
  return id === undefined ? undefined : Number(id);
}
