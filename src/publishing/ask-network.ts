import { UserError, WorldError } from '../errors.ts';
import { noteTrouble, ownersFiles, pause, readStandings, serverAnswered, serverOf } from './account-health.ts';
import type { Network } from './network.ts';
import { accountNetwork, type Holder } from './networks.ts';

/**
 * Asks a persona's network for something other than a post. Null where it is to be left alone, and where it gives no answer:
 * what that means for the requests after it is kept, as it is for posts. `work` asks nothing but the network and the store.
 */
export async function askNetwork<T>(holder: Holder, work: (network: Network) => Promise<T>): Promise<T | null> {
  const { home, persona, store, now } = holder;
  const standing = (await readStandings(store, [persona], now())).get(persona.name)!;
  if (standing.pause || standing.wait || standing.spending.reads) return null;
  const server = serverOf(persona.account);
  const files = ownersFiles(home, persona.name);
  try {
    const answer = await work(await accountNetwork(holder));
    await serverAnswered(store, server);
    return answer;
  } catch (error) {
    const troubled = { persona: persona.name, server, files, now: now() };
    if (error instanceof WorldError) await noteTrouble(store, error, troubled);
    else if (error instanceof UserError) await pause(store, error.message, troubled);
    else throw error;
    return null;
  }
}
