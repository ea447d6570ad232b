/** As long as the daemon runs, the accounts of its personas are its home's alone. */
import type { Persona } from '../persona/persona.ts';
import { keyOf, leaveAlone, readIdentities } from '../publishing/account-health.ts';
import { OTHER_HOME_MS, OtherHome, type Place, takeAccount } from '../publishing/only-home.ts';
import type { ExclusiveLock } from '../store/exclusive-lock.ts';
import type { Store } from '../store/store.ts';

export interface HeldAccounts {
  /** Takes those that are known by now, and leaves alone whom another home has. Returns the personas whose accounts are new here. */
  hold(personas: readonly Persona[], now: Date): Promise<readonly string[]>;
  release(): void;
}

/** How often one is asked for that another home has; well before it would be asked for anything else. */
const AGAIN_MS = 5_000;

export function holdAccounts(store: Store, place: Place): HeldAccounts {
  const held = new Map<string, ExclusiveLock>();
  const refused = new Map<string, number>(); // when; milliseconds since 1970

  function releaseAllBut(wanted: ReadonlySet<string>): void {
    for (const [key, lock] of held) {
      if (wanted.has(key)) continue;
      lock.release();
      held.delete(key);
    }
  }

  return {
    async hold(personas, now) {
      const identities = await readIdentities(store);
      const keys = personas.flatMap(({ name, account }) => {
        const identity = identities.get(name);
        return identity === undefined || account.network === 'local' ? [] : [{ name, key: keyOf(account, identity) }];
      });
      releaseAllBut(new Set(keys.map(({ key }) => key)));
      const taken: string[] = [];
      for (const { name, key } of keys) {
        if (held.has(key) || now.getTime() - (refused.get(name) ?? 0) < AGAIN_MS) continue;
        const found = takeAccount(place, key);
        if (found instanceof OtherHome) {
          refused.set(name, now.getTime());
          const until = new Date(now.getTime() + OTHER_HOME_MS).toISOString();
          await leaveAlone(store, name, { until, because: found.sentence });
        } else if (typeof found === 'object') {
          held.set(key, found);
          taken.push(name);
        }
      }
      return taken;
    },
    release: () => releaseAllBut(new Set()),
  };
}
