import path from 'node:path';
import { loadPersona } from '../persona/load-persona.ts';
import { resume } from '../publishing/account-health.ts';
import { withStore } from './with-store.ts';

export async function resumeAccount(name: string, { json }: { readonly json: boolean }): Promise<void> {
  const wasPaused = await withStore((store, home) => {
    loadPersona(path.join(home, 'personas', name)); // one that is not there is told of
    return resume(store, name);
  });
  if (json) console.log(JSON.stringify({ persona: name, wasPaused }, null, 2));
  else console.log(wasPaused ? `${name} is tried again by the daemon` : `${name} is not paused`);
}
