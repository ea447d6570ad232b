/** By which credentials X is asked, and how OAuth 2's are renewed: one renewal at a time, its new tokens kept before they are used. */
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type IClientSettings, TwitterApi } from 'twitter-api-v2';
import { z } from 'zod';
import { storedSecret } from '../../environment.ts';
import { WorldError } from '../../errors.ts';
import { takeExclusiveLock } from '../../store/exclusive-lock.ts';
import type { Account } from '../account.ts';
import { AccountError, Refusal } from '../network.ts';
import { type Circumstances, failureOf, TokenError } from './failure.ts';

export interface Tokens {
  client(settings: Partial<IClientSettings>): TwitterApi;
  /** All that must not be repeated. */
  secrets(): readonly string[];
  /** Whether others could be had; if so, they are there when this returns. `refused`: what X no longer took. */
  renew(settings: Partial<IClientSettings>, refused: string): Promise<boolean>;
  /** The account's id, where the token tells it. */
  readonly userId: string | undefined;
}

export function tokensOf({ settings, secrets, persona, now }: Account<'x'>): Tokens {
  const { appKey, appSecret, accessToken, accessSecret, clientId, clientSecret, token, refreshToken } = settings;
  if (appKey && appSecret && accessToken && accessSecret) {
    const keys = {
      appKey: secrets.get(appKey),
      appSecret: secrets.get(appSecret),
      accessToken: secrets.get(accessToken),
      accessSecret: secrets.get(accessSecret),
    };
    return {
      client: (client) => new TwitterApi(keys, client),
      secrets: () => Object.values(keys),
      renew: async () => false,
      userId: /^(\d+)-/.exec(keys.accessToken)?.[1],
    };
  }
  if (!clientId || !token || !refreshToken) throw new Error('The settings of an account on X name no credentials');

  const app = () => ({
    clientId: secrets.get(clientId),
    ...(clientSecret ? { clientSecret: secrets.get(clientSecret) } : {}),
  });
  const all = () => [
    secrets.get(token),
    secrets.get(refreshToken),
    ...(clientSecret ? [secrets.get(clientSecret)] : []),
  ];
  const home = path.join(persona.folder, '..', '..');
  const lockFile = path.join(home, 'data', `x-${persona.name}.lock`);

  return {
    client: (client) => new TwitterApi(secrets.get(token), client),
    secrets: all,
    userId: undefined,
    async renew(client, refused) {
      using _lock = await lockOf(lockFile);
      for (const variable of [refreshToken, token]) {
        const stored = storedSecret(home, variable);
        if (stored && stored !== secrets.get(variable)) secrets.set(variable, stored);
      }
      if (secrets.get(token) !== refused) return true; // somebody else was first
      const fresh = await askForTokens(
        new TwitterApi(app(), client),
        { grant_type: 'refresh_token', refresh_token: secrets.get(refreshToken) },
        { now: now(), secrets: all() },
      );
      // The old refresh token is void from now on: the new one comes first.
      if (fresh.refresh_token !== undefined) secrets.set(refreshToken, fresh.refresh_token);
      secrets.set(token, fresh.access_token);
      return true;
    },
  };
}

const TOKEN_URL = 'https://api.x.com/2/oauth2/token';

const tokenAnswer = z.object({ access_token: z.string().min(1), refresh_token: z.string().min(1).optional() });
export type TokenAnswer = z.output<typeof tokenAnswer>;

type Grant =
  | { readonly grant_type: 'refresh_token'; readonly refresh_token: string }
  | {
      readonly grant_type: 'authorization_code';
      readonly code: string;
      readonly code_verifier: string;
      readonly redirect_uri: string;
    };

/** @throws AccountError when X does not take what is offered for tokens, another Refusal when it could not be asked. */
export async function askForTokens(
  client: TwitterApi,
  grant: Grant,
  circumstances: Circumstances,
): Promise<TokenAnswer> {
  try {
    // The client's own call sends JSON where X documents a form, and loses the tokens of an answer without scopes.
    const form = { ...grant, client_id: clientIdOf(client) };
    return tokenAnswer.parse(await client.post(TOKEN_URL, form, { forceBodyMode: 'url' }));
  } catch (error) {
    const failure = failureOf(error, circumstances);
    if (failure instanceof TokenError || (failure instanceof Refusal && !failure.retryable)) {
      throw new AccountError(`X gives the account no token: ${failure.message}`);
    }
    const said = failure instanceof WorldError ? failure.message : 'X answered something else';
    throw new Refusal(`X could not be asked for a token: ${said}`, { retryable: true });
  }
}

function clientIdOf(client: TwitterApi): string | undefined {
  const tokens = client.getActiveTokens();
  return tokens.type === 'oauth2-user' ? tokens.clientId : undefined;
}

const LOCK_MS = 60_000;

/** Another process's renewal takes as long as one request. */
async function lockOf(file: string): Promise<Disposable> {
  for (let waitedMs = 0; waitedMs < LOCK_MS; waitedMs += 100) {
    const lock = takeExclusiveLock(file);
    if (lock) return { [Symbol.dispose]: () => lock.release() };
    await setTimeout(100);
  }
  throw new Refusal("The account's token could not be renewed: another process has been at it for a minute", {
    retryable: true,
  });
}
