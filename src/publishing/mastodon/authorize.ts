/** How a person lets the program use an account: an app of its own on the server, and a code that the server shows them. */
import { createHash } from 'node:crypto';
import { createOAuthAPIClient, createRestAPIClient } from 'masto';
import { z } from 'zod';
import { UserError, WorldError } from '../../errors.ts';
import { Refusal } from '../network.ts';
import { failureOf, isMissing, StrangeAnswer, strangeAnswer } from './failure.ts';
import { grants, SCOPES } from './scopes.ts';
import { TIMEOUTS } from './server.ts';

/** The server shows the code instead of going to a page with it. */
const SHOWN = 'urn:ietf:wg:oauth:2.0:oob';

export interface Authorization {
  /** Where the person says yes. */
  readonly url: string;
  /** The token for the code that they were shown. @throws UserError when the code is not good. */
  exchange(code: string): Promise<string>;
  /** The token is good no longer. */
  revoke(token: string): Promise<void>;
}

export interface AuthorizeOptions {
  readonly server: string;
  /** A secret of this login alone, of 43 to 128 letters and digits: a code that is stolen is worth nothing without it. */
  readonly verifier: string;
  /** Without them, those that a persona needs. */
  readonly scopes?: readonly string[];
  readonly timeoutMs?: number;
}

/** Makes an app on the server that may ask for `scopes` and no more. */
export async function authorize({
  server,
  verifier,
  scopes: wanted = SCOPES,
  timeoutMs = TIMEOUTS.requestMs,
}: AuthorizeOptions): Promise<Authorization> {
  const options = { url: server, timeout: timeoutMs, requestInit: { redirect: 'error' } } as const;
  const scopes = wanted.join(' ');
  const { clientId, clientSecret } = await orElsewhere(server, APP, async () => {
    const app = await ask(server, () =>
      createRestAPIClient(options).v1.apps.create({ clientName: 'Eidolon', redirectUris: SHOWN, scopes }),
    );
    return parsed(appSchema, app, server, APP);
  });
  const url = new URL('/oauth/authorize', server);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: SHOWN,
    scope: scopes,
    force_login: 'true', // the persona's account, not the one that its owner happens to be logged in with
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();

  return {
    url: url.href,
    async exchange(code) {
      const params = {
        grantType: 'authorization_code' as const,
        clientId,
        clientSecret,
        redirectUri: SHOWN,
        code: code.trim(),
        codeVerifier: verifier, // before Mastodon 4.3 passed over, as the challenge is
        scope: scopes,
      };
      let answer: unknown;
      try {
        answer = await ask(server, () =>
          createOAuthAPIClient(options).token.create(params, { encoding: 'multipart-form' }),
        );
      } catch (error) {
        if (!(error instanceof Refusal) || error.retryable) throw error;
        throw new UserError(`${new URL(server).host} does not take this code`, {
          hint: 'A code is good once and for ten minutes: copy all of it, or begin again',
        });
      }
      const { accessToken, scope } = parsed(tokenSchema, answer, server, 'a token');
      const lacking = wanted.filter((one) => scope !== '' && !grants(scope.split(' '), one));
      if (lacking.length === 0) return accessToken;
      throw new UserError(`The token lacks ${lacking.join(', ')}`, {
        hint: 'Begin again, and allow all that is asked',
      });
    },
    async revoke(token) {
      await ask(server, () =>
        createOAuthAPIClient(options).revoke({ clientId, clientSecret, token }, { encoding: 'multipart-form' }),
      );
    },
  };
}

const appSchema = z.object({ clientId: z.string().min(1), clientSecret: z.string().min(1) });
const tokenSchema = z.object({ accessToken: z.string().regex(/^[\x21-\x7e]+$/), scope: z.string().catch('') });

const APP = 'the app that a Mastodon server makes';

/** What answers its first request in another way than Mastodon does is most often at another address than was meant. */
async function orElsewhere<T>(server: string, expected: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    const cause = isMissing(error) ? strangeAnswer(server, expected) : error;
    const isStrange = cause instanceof StrangeAnswer || (cause instanceof WorldError && !cause.retryable);
    if (!isStrange) throw cause;
    throw new UserError(cause.message, {
      hint: `Look at ${server}/about in a browser: the address may be of something else, or the server out of order`,
      cause,
    });
  }
}

async function ask<T>(server: string, request: () => PromiseLike<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw failureOf(error, { server, about: 'post', token: '' });
  }
}

function parsed<T>(schema: z.ZodType<T>, answer: unknown, server: string, expected: string): T {
  const found = schema.safeParse(answer).data;
  if (found) return found;
  const { message } = strangeAnswer(server, expected);
  throw new WorldError(message, { retryable: false });
}
