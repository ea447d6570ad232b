/** Walks a person, or a program, through giving a persona its account. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { dropSecret, home, keepSecret, loadEnvironment, secret, storedSecret } from '../environment.ts';
import { UserError } from '../errors.ts';
import { loadPersona } from '../persona/load-persona.ts';
import type { Persona } from '../persona/persona.ts';
import type { AccountSettings } from '../persona/settings.ts';
import { type AccountText, checkAccount, writeAccount } from '../persona/write-account.ts';
import { markAsBot } from '../publishing/mastodon/mark-as-bot.ts';
import { AccountError } from '../publishing/network.ts';
import { variablesOf } from '../publishing/networks.ts';
import type { Store } from '../store/store.ts';
import { type AccountReport, readAccount, reportLines } from './account-show.ts';
import { type Asker, openAsker } from './asker.ts';
import { type AccountFlags, chooseAccount } from './choose-account.ts';
import { loginBluesky } from './login-bluesky.ts';
import { loginMastodon } from './login-mastodon.ts';
import { loginX } from './login-x.ts';
import { withStore } from './with-store.ts';

export interface LoginFlags extends AccountFlags {
  readonly port?: number;
  readonly markAsBot?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export async function loginAccount(name: string, flags: LoginFlags): Promise<void> {
  const root = home();
  loadEnvironment(root);
  const persona = loadPersona(path.join(root, 'personas', name));
  using asker = openAsker({ json: flags.json ?? false });
  const account = await chooseAccount(persona, flags, asker);
  const settings = checkAccount(account);
  refuseShadowed(root, settings);
  const before = [...variablesOf(settings).values()].map((name) => [name, storedSecret(root, name)] as const);
  const isWritten = isThere(account, persona);
  const holder = { ...persona, account: isWritten ? persona.account : settings };
  const report = await withStore(async (store) => {
    const first = await orAsBefore({ root, before }, async () => {
      await logIn({ root, settings, asker, flags });
      return readAccount(store, root, holder);
    });
    return marked(first, { store, root, holder, asker, flags });
  });
  const agrees = isWritten || (await agreesToWrite(account, flags, asker));
  if (!isWritten && agrees) writeAccount(persona.folder, account);
  tell(report, { account, agrees, isWritten, asker, json: flags.json ?? false });
}

interface LogIn {
  readonly root: string;
  readonly settings: AccountSettings;
  readonly asker: Asker;
  readonly flags: LoginFlags;
}

async function logIn({ root, settings, asker, flags }: LogIn): Promise<void> {
  const { say, askSecret, signal } = asker;
  const keep = (variable: string, value: string) => keepSecret(root, variable, value);
  switch (settings.network) {
    case 'local':
      throw new Error('Nobody logs in to the local network');
    case 'mastodon':
      return loginMastodon({ settings, say, askSecret, keep });
    case 'bluesky':
      return loginBluesky({ settings, say, askSecret, keep });
    case 'x':
      return loginX({ settings, say, askSecret, keep, signal, ...(flags.port !== undefined && { port: flags.port }) });
  }
}

interface Marking {
  readonly store: Store;
  readonly root: string;
  readonly holder: Persona;
  readonly asker: Asker;
  readonly flags: LoginFlags;
}

/** Where the network has such a mark and the account does not bear it, it is offered. */
async function marked(report: AccountReport, { store, root, holder, asker, flags }: Marking): Promise<AccountReport> {
  const { account } = holder;
  if (account.network !== 'mastodon' || report.account.isBot !== false) return report;
  const question = 'Mark the account as automated now? It asks for a second code, and the permission is given back';
  const agrees = flags.markAsBot ?? (asker.isTerminal && isYes(await asker.ask(`${question} (y/n)`, 'y')));
  if (!agrees) return report;
  await markAsBot({
    server: account.server,
    verifier: randomBytes(48).toString('base64url'),
    codeFrom: (url) => {
      asker.say('Open this page, as the same account, and agree:');
      asker.say(url);
      return asker.askSecret('The code');
    },
    now: () => new Date(),
  });
  return readAccount(store, root, holder);
}

interface Credentials {
  readonly root: string;
  readonly before: readonly (readonly [name: string, value: string | undefined])[];
}

/**
 * Credentials must be in `.env` to be tried, for what X renews is kept there before it is used. Where they are no good, or
 * nobody can tell, those of before are there again: they may be good still.
 */
async function orAsBefore<T>({ root, before }: Credentials, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    for (const [name, value] of before) {
      if (value === undefined) dropSecret(root, name);
      else if (storedSecret(root, name) !== value) keepSecret(root, name, value);
    }
    if (!(cause instanceof UserError && cause.cause instanceof AccountError)) throw cause;
    throw new UserError(cause.message, { hint: 'Log in again; .env and persona.yaml are as they were', cause });
  }
}

/** A variable that is set outside .env wins over what is kept there, and would go on winning. */
function refuseShadowed(root: string, settings: AccountSettings): void {
  const shadowed = [...variablesOf(settings).values()].filter(
    (name) => secret(name) !== undefined && storedSecret(root, name) !== secret(name),
  );
  if (shadowed.length === 0) return;
  throw new UserError(`${shadowed.join(', ')}: expected to be set in .env alone, found set outside it`, {
    hint: `Unset it first, for it would win over what is kept now: unset ${shadowed.join(' ')}`,
  });
}

function isThere(account: AccountText, { account: current }: Persona): boolean {
  const standing = current as Readonly<Record<string, unknown>>;
  return Object.entries(account).every(([setting, value]) => standing[setting] === value);
}

async function agreesToWrite(account: AccountText, { yes }: LoginFlags, asker: Asker): Promise<boolean> {
  if (yes) return true;
  if (!asker.isTerminal) return false;
  for (const line of inYaml(account)) asker.say(line);
  return isYes(await asker.ask('Write this into persona.yaml? (y/n)', 'y'));
}

const isYes = (answer: string) => /^y(es)?$/i.test(answer);

function inYaml(account: AccountText): string[] {
  return ['account:', ...Object.entries(account).map(([setting, value]) => `  ${setting}: ${value}`)];
}

interface Telling {
  readonly account: AccountText;
  readonly agrees: boolean;
  readonly isWritten: boolean;
  readonly asker: Asker;
  readonly json: boolean;
}

function tell(report: AccountReport, { account, agrees, isWritten, asker, json }: Telling): void {
  if (json) {
    console.log(JSON.stringify({ done: { ...report, settings: account, written: agrees } }));
    return;
  }
  if (!agrees)
    for (const line of ['persona.yaml is as it was. To post there, it needs:', ...inYaml(account)]) asker.say(line);
  else if (!isWritten) asker.say('persona.yaml names the account now.');
  console.log(reportLines(report).join('\n'));
}
