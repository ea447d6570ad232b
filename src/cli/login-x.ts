/** Takes a person through giving a persona its account on X. Knows nothing of where credentials are kept. */
import { UserError } from '../errors.ts';
import type { AccountSettings } from '../persona/settings.ts';
import { authorize, CALLBACK_PORT, callbackOn } from '../publishing/x/authorize.ts';
import { rulesOfX } from '../publishing/x/rules.ts';

export interface LoginX {
  readonly settings: Extract<AccountSettings, { network: 'x' }>;
  readonly say: (line: string) => void;
  /** What is typed is not shown. Empty where nothing was. */
  readonly askSecret: (question: string) => Promise<string>;
  /** Into `.env`, on the disk when this returns. */
  readonly keep: (variable: string, value: string) => void;
  readonly signal: AbortSignal;
  readonly port?: number;
}

/** Asks for what the persona's settings name, and keeps it; whether it is any good is for `verify`. */
export async function loginX(login: LoginX): Promise<void> {
  const { settings, say } = login;
  say('Before you begin, X asks of an account that a program runs:');
  for (const rule of rulesOfX()) say(`  ${rule}.`);
  say('');
  say('You need an app at https://developer.x.com, with the permission «Read and write».');
  await (settings.appKey ? withKeys(login) : withConsent(login));
}

const KEYS = [
  ['appKey', 'API key'],
  ['appSecret', 'API key secret'],
  ['accessToken', 'Access token, made after the permission was set'],
  ['accessSecret', 'Access token secret'],
] as const;

async function withKeys({ settings, say, askSecret, keep }: LoginX): Promise<void> {
  say('Its page «Keys and tokens» shows four texts, of the account that made the app; paste each.');
  const answers: (readonly [variable: string, value: string])[] = [];
  for (const [setting, question] of KEYS) answers.push([settings[setting]!, await required(askSecret, question)]);
  for (const [variable, value] of answers) keep(variable, value); // all or none
}

async function withConsent({ settings, say, askSecret, keep, signal, port = CALLBACK_PORT }: LoginX): Promise<void> {
  say(`Register this address of the app for its callbacks: ${callbackOn(port)}`);
  const clientId = await required(askSecret, 'Client id');
  const clientSecret = settings.clientSecret ? await required(askSecret, 'Client secret') : '';
  const show = (url: string) => say(`Open this page in a browser on this machine, as the account, and agree:\n${url}`);
  const tokens = await authorize({ clientId, clientSecret, server: settings.server }, { show, port, signal });
  if (tokens.refresh_token === undefined) {
    throw new UserError('Expected a refresh token from X, found none', {
      hint: 'Allow the app to stay connected, and log in again',
    });
  }
  keep(settings.refreshToken!, tokens.refresh_token);
  keep(settings.token!, tokens.access_token);
  keep(settings.clientId!, clientId);
  if (settings.clientSecret) keep(settings.clientSecret, clientSecret);
}

async function required(askSecret: LoginX['askSecret'], question: string): Promise<string> {
  const answer = (await askSecret(question)).trim();
  if (/^[\w.~:%+/=-]+$/.test(answer)) return answer;
  throw new UserError(`${question}: expected letters and digits as X shows them, found something else`, {
    hint: 'Copy it again; nothing was kept',
  });
}
