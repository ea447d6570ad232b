/** Who asked a persona not to answer them, and what its owner knows of it. */
import path from 'node:path';
import { UserError } from '../errors.ts';
import { optOutByName, readOptOuts, takeBackOptOut } from '../listening/opt-outs.ts';
import { loadPersona } from '../persona/load-persona.ts';
import { fromNow } from '../review/moment.ts';
import { printable } from '../review/printable.ts';
import type { Store } from '../store/store.ts';
import { withStore } from './with-store.ts';

interface Flags {
  readonly json?: boolean;
}

export async function showOptOuts(persona: string, { json }: Flags): Promise<void> {
  const people = await withPersona(persona, (store) => readOptOuts(store, persona));
  if (json) return console.log(JSON.stringify(people, null, 2));
  if (people.length === 0) return console.log(`Nobody asked ${persona} not to answer`);
  const now = new Date();
  for (const { name, since } of people) console.log(`${clean(name)}  ${fromNow(since, now)}`);
}

export async function addOptOut(persona: string, who: string, { json }: Flags): Promise<void> {
  const name = await withPersona(persona, (store) => optOutByName(store, persona, who, new Date()));
  if (json) console.log(JSON.stringify({ persona, name, answered: false }, null, 2));
  else console.log(`${persona} answers ${clean(name)} no more; what waited for them is withdrawn`);
}

export async function endOptOut(persona: string, who: string, { json }: Flags): Promise<void> {
  await withPersona(persona, async (store) => {
    if (await takeBackOptOut(store, persona, who)) return;
    throw new UserError(`Expected somebody who asked ${persona} not to answer, found ${JSON.stringify(who)}`, {
      hint: `See who did: eidolon account opt-outs ${persona}`,
    });
  });
  if (json) console.log(JSON.stringify({ persona, name: who, answered: true }, null, 2));
  else console.log(`${persona} answers ${clean(who)} again, from what they say next on`);
}

function withPersona<T>(name: string, work: (store: Store) => Promise<T>): Promise<T> {
  return withStore((store, home) => {
    loadPersona(path.join(home, 'personas', name)); // one that is not there is told of
    return work(store);
  });
}

const clean = (text: string) => printable(text, { oneLine: true });
