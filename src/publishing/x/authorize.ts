/** OAuth 2 with PKCE for one account: the owner agrees in a browser, and X sends the browser back to this machine. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TwitterApi } from 'twitter-api-v2';
import { UserError } from '../../errors.ts';
import { askForTokens, type TokenAnswer } from './tokens.ts';
import { agentFor } from './x-api.ts';

/** No wider than what a persona does; `offline.access` brings the refresh token. */
const SCOPES = ['tweet.read', 'tweet.write', 'users.read', 'media.write', 'offline.access'];

/** X compares the whole address with the one that the app is registered with. */
export const CALLBACK_PORT = 8721;
export const callbackOn = (port: number) => `http://127.0.0.1:${port}/callback`;

export interface App {
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly server?: string | undefined;
}

export interface Consent {
  /** Opens, or shows, the page on which the owner agrees. */
  readonly show: (url: string) => void;
  readonly port?: number;
  readonly signal: AbortSignal;
}

/** @throws UserError when the owner did not agree, or the port is taken. */
export async function authorize(app: App, { show, port = CALLBACK_PORT, signal }: Consent): Promise<TokenAnswer> {
  const { clientId, clientSecret, server } = app;
  const keys = { clientId, ...(clientSecret ? { clientSecret } : {}) };
  const client = new TwitterApi(keys, { httpAgent: agentFor(server), compression: 'identity' });
  await using callback = await listen(port);
  const redirect = callbackOn(callback.port);
  const { url, state, codeVerifier } = client.generateOAuth2AuthLink(redirect, { scope: SCOPES });
  show(url);
  const code = await callback.codeFor(state, signal);
  return askForTokens(
    client,
    { grant_type: 'authorization_code', code, code_verifier: codeVerifier, redirect_uri: redirect },
    { now: new Date(), secrets: [code, codeVerifier, ...(clientSecret ? [clientSecret] : [])] },
  );
}

async function listen(port: number) {
  const server = createServer();
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', done);
  }).catch((cause) => {
    throw new UserError(`Expected the port ${port} of this machine to be free, found it taken`, {
      hint: 'End the program that uses it, and log in again',
      cause,
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    /** Whoever comes without the state that X was given is told nothing. */
    codeFor: (state: string, signal: AbortSignal) =>
      new Promise<string>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new UserError('Stopped', { hint: 'Nothing was kept' })));
        server.on('request', (request, response) => {
          const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
          const isOurs = pathname === '/callback' && searchParams.get('state') === state;
          const code = searchParams.get('code');
          response.writeHead(isOurs ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
          response.end(isOurs ? 'You can close this page and go back to the terminal.' : '');
          if (isOurs && code) resolve(code);
          else if (isOurs)
            reject(
              new UserError('X was not allowed to give this account to the app', { hint: 'Log in again, and agree' }),
            );
        });
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
