import { localNetwork } from '../../src/publishing/local.ts';
import type { Network } from '../../src/publishing/network.ts';
import type { Store } from '../../src/store/store.ts';

/** The local network of a persona that has no folder. */
export function localAccount(store: Store, name: string, now: () => Date): Network {
  return localNetwork({
    store,
    persona: { name, folder: '', language: 'en', allow: { mentions: [], links: [], hashtags: [] } },
    settings: { network: 'local' },
    secrets: { get: (variable) => variable, set: () => {} },
    usage: { spent: async () => {}, limited: async () => {} },
    now,
  });
}
