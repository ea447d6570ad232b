/** Which account it is to be: from the flags, from persona.yaml, and for the rest from the person at the terminal. */
import { UserError } from '../errors.ts';
import type { Persona } from '../persona/persona.ts';
import type { AccountText } from '../persona/write-account.ts';
import { findServer } from '../publishing/bluesky/find-server.ts';
import { variablesOf } from '../publishing/networks.ts';
import type { Asker } from './asker.ts';

export interface AccountFlags {
  readonly network?: 'mastodon' | 'x' | 'bluesky';
  readonly server?: string;
  readonly handle?: string;
  readonly with?: 'keys' | 'consent';
  readonly publicClient?: boolean;
}

/** As it is to stand in persona.yaml: names of variables, never what they hold. */
export async function chooseAccount(persona: Persona, flags: AccountFlags, asker: Asker): Promise<AccountText> {
  const network = flags.network ?? (await networkFrom(persona, asker));
  const known = persona.account.network === network ? (persona.account as Readonly<Record<string, unknown>>) : {};
  const text = (setting: string) => (typeof known[setting] === 'string' ? known[setting] : undefined);
  const names = variablesOf(persona.account);
  const variable = (setting: string, end: string) =>
    (text('network') && names.get(setting)) || `${prefixOf(persona.name)}_${network.toUpperCase()}_${end}`;
  switch (network) {
    case 'mastodon': {
      const asked = flags.server ?? text('server');
      const server = addressOf(asked ?? (await needed(asker, '--server', 'Its server, such as mastodon.social')));
      return { network, server, token: variable('token', 'TOKEN') };
    }
    case 'bluesky': {
      const asked = flags.handle ?? text('handle');
      const said = asked ?? (await needed(asker, '--handle', 'Its handle, such as ada.bsky.social'));
      const handle = said.replace(/^@/, '');
      const server = flags.server ?? text('server') ?? (await findServer(handle));
      const isUsual = /^https:\/\/(bsky\.social|[a-z0-9.-]+\.bsky\.network)$/.test(server);
      return {
        network,
        handle,
        ...(isUsual ? {} : { server: addressOf(server) }),
        password: variable('password', 'PASSWORD'),
      };
    }
    case 'x': {
      const server = flags.server ?? text('server');
      const address: Record<string, string> = server === undefined ? {} : { server: addressOf(server) };
      const way = flags.with ?? (text('appKey') ? 'keys' : text('clientId') ? 'consent' : await wayFrom(asker));
      if (way === 'keys') {
        return {
          network,
          appKey: variable('appKey', 'APP_KEY'),
          appSecret: variable('appSecret', 'APP_SECRET'),
          accessToken: variable('accessToken', 'ACCESS_TOKEN'),
          accessSecret: variable('accessSecret', 'ACCESS_SECRET'),
          ...address,
        };
      }
      const isPublic = flags.publicClient ?? (text('clientId') !== undefined && text('clientSecret') === undefined);
      const app: Record<string, string> = isPublic ? {} : { clientSecret: variable('clientSecret', 'CLIENT_SECRET') };
      return {
        network,
        clientId: variable('clientId', 'CLIENT_ID'),
        ...app,
        token: variable('token', 'TOKEN'),
        refreshToken: variable('refreshToken', 'REFRESH_TOKEN'),
        ...address,
      };
    }
  }
}

async function networkFrom(persona: Persona, asker: Asker): Promise<'mastodon' | 'x' | 'bluesky'> {
  const { network } = persona.account;
  if (network !== 'local') return network;
  const said = (await needed(asker, '--network', 'Its network: mastodon, x or bluesky')).toLowerCase();
  if (said === 'mastodon' || said === 'x' || said === 'bluesky') return said;
  throw new UserError(`Expected mastodon, x or bluesky, found ${JSON.stringify(said)}`, { hint: 'Begin again' });
}

async function wayFrom(asker: Asker): Promise<'keys' | 'consent'> {
  const question = 'By the four keys of an app, or by consent in a browser on this machine: keys or consent';
  const said = await needed(asker, '--with', question, 'keys');
  if (said === 'keys' || said === 'consent') return said;
  throw new UserError(`Expected keys or consent, found ${JSON.stringify(said)}`, { hint: 'Begin again' });
}

async function needed(asker: Asker, flag: string, question: string, usual?: string): Promise<string> {
  if (asker.isTerminal) return asker.ask(question, usual);
  throw new UserError(`${question}: expected ${flag}`, { hint: 'eidolon account login --help' });
}

/** A variable begins with a letter, and a persona's name may not. */
function prefixOf(name: string): string {
  const prefix = name.toUpperCase().replaceAll('-', '_');
  return /^[A-Z]/.test(prefix) ? prefix : `PERSONA_${prefix}`;
}

/** As people copy it: without https://, or with the rest of a page's address. What it is not is for the schema to say. */
function addressOf(said: string): string {
  const text = /^[a-z]+:\/\//i.test(said) ? said : `https://${said}`;
  const url = URL.parse(text);
  return url && url.username + url.password === '' && url.origin !== 'null' ? url.origin : text;
}
