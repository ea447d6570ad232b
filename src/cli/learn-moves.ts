import path from 'node:path';
import { UserError } from '../errors.ts';
import { adapterWith, getAdapter, promoteAdapter, retireAdapter } from '../learning/adapter/adapters.ts';
import { modelOf, whyNot } from '../learning/adapter/model-of.ts';
import { loadPersona } from '../persona/load-persona.ts';
import { withStore } from './with-store.ts';

/** `eidolon learn promote`: its owner may let in what the gate refused; that it was they who did is kept. */
export function promoteById(id: number, json: boolean): Promise<void> {
  return withStore(async (store, home) => {
    const adapter = await getAdapter(store, id);
    const persona = loadPersona(path.join(home, 'personas', adapter.persona));
    const unfit = await whyNot(home, persona, adapter);
    if (unfit !== undefined) throw new UserError(`Adapter ${id} cannot be spoken with: ${unfit}`);
    const reason = `its owner's word; it was ${adapter.status}`;
    await promoteAdapter(store, id, { by: 'owner', reason, at: new Date().toISOString() });
    await tell(
      `${persona.name} speaks with adapter ${id} from the next draft on`,
      json,
      await modelOf(home, store, persona),
    );
  });
}

/** `eidolon learn rollback` */
export function rollBackById(id: number, json: boolean): Promise<void> {
  return withStore(async (store, home) => {
    const adapter = await getAdapter(store, id);
    if (adapter.status !== 'live' && adapter.status !== 'candidate') {
      throw new UserError(
        `Adapter ${id} is ${adapter.status}: ${adapter.persona} neither speaks with it nor tries it`,
        {
          hint: `See: eidolon learn history ${adapter.persona}`,
        },
      );
    }
    const persona = loadPersona(path.join(home, 'personas', adapter.persona));
    await retireAdapter(store, id, { by: 'owner', reason: "its owner's word", at: new Date().toISOString() });
    const live = await adapterWith(store, persona.name, 'live');
    const back = live ? `adapter ${live.id}` : `models/${persona.model}`;
    await tell(`${persona.name} speaks with ${back} from the next draft on`, json, await modelOf(home, store, persona));
  });
}

async function tell(said: string, json: boolean, { name, adapter }: Awaited<ReturnType<typeof modelOf>>) {
  console.log(json ? JSON.stringify({ model: name, adapter: adapter ?? null }) : said);
}
