import { knowIdentity } from '../publishing/account-health.ts';
import { askNetwork } from '../publishing/ask-network.ts';
import type { Holder } from '../publishing/networks.ts';
import { catchUp, type Heard } from './catch-up.ts';

/** Takes in who spoke to the persona. Where its network gives no answer, it is asked again after the usual time. */
export async function listen(holder: Holder): Promise<readonly Heard[]> {
  const heard = await askNetwork(holder, async (network) => {
    const account = await network.identity();
    await knowIdentity(holder.store, holder.persona.name, account);
    return catchUp({ ...holder, network, account });
  });
  if (heard === null) await lookedInVain(holder);
  return heard === null ? [] : [heard];
}

async function lookedInVain({ store, persona, now }: Holder): Promise<void> {
  const looked = { looked_at: now().toISOString() };
  await store.db
    .insertInto('listening')
    .values({ persona: persona.name, account: '', cursor: null, ...looked })
    .onConflict((conflict) => conflict.column('persona').doUpdateSet(looked))
    .execute();
}
