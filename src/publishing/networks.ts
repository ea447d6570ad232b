import { currentSecret, keepSecret } from '../environment.ts';
import { UserError } from '../errors.ts';
import type { Persona } from '../persona/persona.ts';
import type { AccountSettings, NetworkName } from '../persona/settings.ts';
import type { Store } from '../store/store.ts';
import type { Account, Secrets } from './account.ts';
import { localNetwork } from './local.ts';
import type { Network } from './network.ts';
import { keepUsage } from './usage.ts';

/** Adding a network is one file beside this one and one line here. Each is loaded when a persona posts there: clients are large. */
const networks: { readonly [Name in NetworkName]: () => Promise<Make<Name>> } = {
  local: async () => localNetwork,
  async mastodon() {
    const { mastodonNetwork } = await import('./mastodon/mastodon.ts');
    return (account, ms) => mastodonNetwork(account, ms === undefined ? ms : { requestMs: ms, uploadMs: ms });
  },
  async x() {
    const { xNetwork } = await import('./x/x.ts');
    return (account, ms) => xNetwork(account, ms === undefined ? {} : { deadlineMs: ms });
  },
  async bluesky() {
    const { blueskyNetwork } = await import('./bluesky/bluesky.ts');
    return (account, ms) => blueskyNetwork(account, ms === undefined ? {} : { timeoutMs: ms });
  },
};

type Make<Name extends NetworkName> = (account: Account<Name>, patienceMs: number | undefined) => Network;

export interface Holder {
  readonly home: string;
  readonly persona: Persona;
  readonly store: Store;
  readonly now: () => Date;
  /** How long a server may take to answer; without it, as long as its network knows. */
  readonly patienceMs?: number;
}

/** The network of a persona. @throws UserError when a variable is not set. */
export async function accountNetwork({ home, persona, store, now, patienceMs }: Holder): Promise<Network> {
  const settings = persona.account;
  refuseMissing(home, persona);
  const make = (await networks[settings.network]()) as Make<NetworkName>;
  const usage = keepUsage(store, persona.name, now);
  return make({ store, persona, settings, secrets: secretsIn(home), usage, now }, patienceMs);
}

/** The variables that an account's credentials are in, by the name of their setting. */
export function variablesOf(settings: AccountSettings): ReadonlyMap<string, string> {
  const named = Object.entries(settings).filter(([setting]) => VARIABLES.has(setting));
  return new Map(named.flatMap(([setting, name]) => (typeof name === 'string' ? [[setting, name]] : [])));
}

const VARIABLES = new Set([
  'token',
  'refreshToken',
  'appKey',
  'appSecret',
  'accessToken',
  'accessSecret',
  'clientId',
  'clientSecret',
  'password',
]);

/** Says which variables an account needs and does not have; null when it has all. */
export function missingVariables(home: string, { name, account }: Pick<Persona, 'name' | 'account'>): UserError | null {
  const missing = [...variablesOf(account).values()].filter((variable) => !currentSecret(home, variable));
  if (missing.length === 0) return null;
  return new UserError(
    `${name} cannot post to ${account.network}: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set`,
    {
      hint: `Put ${missing.length === 1 ? 'it' : 'them'} in .env: eidolon account login ${name}`,
    },
  );
}

function refuseMissing(home: string, persona: Persona): void {
  const missing = missingVariables(home, persona);
  if (missing) throw missing;
}

function secretsIn(home: string): Secrets {
  return {
    get(variable) {
      const value = currentSecret(home, variable);
      if (value) return value;
      throw new UserError(`${variable} is not set`, { hint: 'Put it in .env' });
    },
    set: (variable, value) => keepSecret(home, variable, value),
  };
}
